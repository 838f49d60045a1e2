# Everything that is done with this repository. `make help` lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# What the build links to, and what the tests talk to beside it. Debian's names.
BUILD_PACKAGES := pkg-config libyaml-dev libsystemd-dev
TEST_PACKAGES := $(BUILD_PACKAGES) prometheus python3

SWIFT_FLAGS := --explicit-target-dependency-import-check error
RELEASE_FLAGS := $(SWIFT_FLAGS) -c release --static-swift-stdlib
BINARY := .build/release/gil-exporter
FORMATTED := Package.swift Sources Tests

.PHONY: help run build test test-free-threaded lint format bench setup-build setup-test

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Set up, build and run the exporter with its defaults on http://localhost:10061/metrics
	@echo "Running: http://localhost:10061/metrics (Ctrl-C ends it)"
	@exec $(BINARY) $(ARGUMENTS)

build: setup-build ## Set up and build the release binary
	swift build $(RELEASE_FLAGS) --product gil-exporter

test: setup-test ## Set up and run all tests
	swift test $(SWIFT_FLAGS) --disable-xctest $(ARGUMENTS)

test-free-threaded: setup-test ## Build a free-threaded Python from Debian's source and run the probes that need one
	Tests/free-threaded/run

lint: ## Check the format of the sources
	swift format lint --strict --recursive --configuration .swift-format $(FORMATTED)
	python3 -m compileall -q Sources/Probing/CPython Benchmarks

format: ## Format the sources
	swift format --in-place --recursive --configuration .swift-format $(FORMATTED)

bench: build ## Measure what the project promises, and print a table
	python3 Benchmarks/bench.py --binary $(BINARY) $(ARGUMENTS)

setup-build:
	@Packaging/setup $(BUILD_PACKAGES)

setup-test:
	@Packaging/setup $(TEST_PACKAGES)
