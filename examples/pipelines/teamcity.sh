#!/bin/sh
# The step of three build configurations, with the command line runner, in the container python:3.12:
#
#   sh teamcity.sh plan        triggered by pull requests
#   sh teamcity.sh deploy      triggered by the main branch; limit it to one running build
#   sh teamcity.sh rollback    without a trigger
#
# As parameters they have env.HATHORA_TOKEN (of the type password), env.HATHORA_CLOUD_ENDPOINT and env.HATHORA_APP_ID.
set -eu

# Agents keep their folders: what is downloaded once stays. Name .cache in .gitignore.
export XDG_CACHE_HOME="$PWD/.cache"
pip install --quiet hathora-deploy==0.1.0

# TeamCity reads service messages from stdout; what people read beside them is to come in the same order.
exec 2>&1

case "$1" in
plan)
  # Exit code 2 says that a deploy would change something.
  hathora-deploy plan ./server || [ $? -eq 2 ]
  ;;
deploy)
  # Later steps have %env.DEPLOYMENT_ID% and the like.
  hathora-deploy deploy ./server --verify udp
  ;;
rollback)
  hathora-deploy rollback --yes
  ;;
esac
