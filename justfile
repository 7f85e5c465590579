# Everything that CI checks, in the environment at hand.
check:
    CHECK_HERE=1 .ci/run

# The same in a new environment, as CI does.
ci:
    .ci/run

# README's generated tables and shown output, made again.
docs:
    python -m tests.docs
    tilsyn export schema tilsyn/catalogue/schema

format:
    ruff check --fix .
    ruff format .

demo:
    tilsyn demo
