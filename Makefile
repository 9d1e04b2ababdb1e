# 医程. `make help` explains. Every target prepares what it needs on a fresh clone.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
export PYTHONPATH := platform:.
PY := .venv/bin/python
H5 := miniprogram/dist/build/h5/index.html
ARGS ?=

.PHONY: help run test walk kills lock openapi front check fmt lint bench pictures clean

help:            ## this list
	@grep -hE '^[a-z]+: .*##|^[a-z]+:  *##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

.venv/.ready: requirements.txt
	@echo "准备 Python 环境 …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' || { echo "需要 Python 3.11 或更新的版本。"; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -m pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.dev: .venv/.ready requirements-dev.txt
	@echo "准备测试工具 …"
	@$(PY) -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

miniprogram/node_modules/.ready: miniprogram/package-lock.json
	@command -v node >/dev/null || { echo "没有找到 Node。请安装 Node 20。"; exit 1; }
	@echo "准备前端依赖(约 1 分钟)…"
	@cd miniprogram && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(H5): miniprogram/node_modules/.ready $(shell find miniprogram/src -type f 2>/dev/null) miniprogram/vite.config.ts
	@echo "构建患者端 H5(约 20 秒)…"
	@cd miniprogram && npm run -s build:h5 >/dev/null
	@touch $@

front: $(H5)     ## build the patients' H5

run: .venv/.ready $(H5)  ## start the demo hospital (PORT, SANDBOX_PORT, DATA_DIR)
	@exec $(PY) platform/config/run.py

test: .venv/.dev $(H5)  ## run every check (ARGS="tests/payments -k twice" for some tests only)
	@exec $(PY) tests/gate.py $(ARGS)

walk: .venv/.ready  ## walk one patient through the demo visit that `make run` serves
	@exec $(PY) tests/walk.py

kills: .venv/.dev $(H5)  ## kill -9 of web and worker during walks (RUNS, SEED)
	@exec $(PY) tests/services.py -- $(PY) tests/kills.py

openapi: .venv/.ready  ## write the committed description of the interface and the front end's types
	@$(PY) manage.py openapi
	@cd miniprogram && test -d node_modules && npm run -s types || true

bench: .venv/.dev  ## the benchmarks: ours, the peer, the floor, the ratios
	@for script in bench/*.py; do echo "== $$script"; $(PY) tests/services.py -- $(PY) $$script || exit 1; done

lint: .venv/.dev  ## the checks that need no servers
	@$(PY) -m ruff format --check . && $(PY) -m ruff check . && .venv/bin/lint-imports && $(PY) -m mypy platform flows cms fixtures manage.py

fmt: .venv/.dev  ## format the code
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix .

lock: .venv/.dev  ## compile requirements.txt and requirements-dev.txt
	@$(PY) -m pip install -q uv
	@.venv/bin/uv pip compile -q --no-emit-index-url --no-header --no-annotate requirements.in -o requirements.txt
	@.venv/bin/uv pip compile -q --no-emit-index-url --no-header --no-annotate requirements-dev.in -o requirements-dev.txt
