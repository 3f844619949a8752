"""What can keep a deploy from going well, each looked at by itself before there is one."""
