#!/bin/sh
# Installs the native rivals into .cache/rivals (a Python environment that git ignores). Needs Python 3.10 or newer.
# XGrammar goes in without its dependencies torch, transformers and triton: engines.py puts stand-ins in their place.
set -e
cd "$(dirname "$0")/../.."
python3 -m venv .cache/rivals
.cache/rivals/bin/pip install --quiet numpy==2.4.6 llguidance==1.9.1 pydantic apache-tvm-ffi
.cache/rivals/bin/pip install --quiet --no-deps xgrammar==0.2.8
.cache/rivals/bin/pip list
