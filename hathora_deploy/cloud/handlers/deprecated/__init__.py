"""What old clients call, translated to what today's handlers answer."""
