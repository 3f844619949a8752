"""What a deploy tells the service that runs a pipeline: JUnit XML, dotenv, TeamCity's messages; a file each."""
