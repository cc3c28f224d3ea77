"""Run in the image: the fictional authority answers on the inner network, for time stamps and revocation."""

from pathlib import Path

from werkzeug.serving import run_simple

from edms.demo.authority.serving import Answers

run_simple("0.0.0.0", 8099, Answers(Path("/stack")), threaded=True)
