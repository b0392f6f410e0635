#!/usr/bin/env bash
# Makes a git repository of the sample with four commits, for demonstrations:
#   1  the sample as it is
#   2  a feature that touches all four services, with a test that sleeps (second.patch)
#   3  the same test, awake (third.patch)
#   4  a mistake that no test sees: the api does not start (fourth.patch)
# Prints their SHAs, one a line. The folder must not exist, or be empty.
set -euo pipefail

if [[ $# -ne 1 ]]; then
  echo "usage: $0 <new folder>" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
if [[ -n $(ls -A) ]]; then
  echo "$0: $1 is not empty" >&2
  exit 2
fi

# What tests and builds leave behind is not part of the sample, nor is this folder.
tar -C "$here/.." -cf - --exclude=./demo --exclude=node_modules --exclude=dist --exclude=.venv \
  --exclude=__pycache__ --exclude=.DS_Store . | tar -xf -
printf '%s\n' node_modules/ dist/ .venv/ __pycache__/ >.gitignore

# The history must come out the same whatever the user's own git configuration says.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export GIT_AUTHOR_NAME=containrlab GIT_AUTHOR_EMAIL=containrlab@example.com
export GIT_COMMITTER_NAME=containrlab GIT_COMMITTER_EMAIL=containrlab@example.com

commit() {
  git add --all
  git commit --quiet --message "$1"
  git rev-parse HEAD
}

git init --quiet --initial-branch=main
commit 'feat: a lab for very small jobs'
git apply "$here/second.patch"
commit 'feat: tell how long a job waited and ran'
git apply "$here/third.patch"
commit 'test: wait for nothing'
git apply "$here/fourth.patch"
commit 'feat: read the database to keep jobs in'
