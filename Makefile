# All tasks of this repository. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Debian packages: libraries that the build links to, and programs that the tests need.
BUILD_PACKAGES := pkg-config libcrypt-dev libpcre2-dev libyaml-dev libsystemd-dev zlib1g-dev
TEST_PACKAGES := $(BUILD_PACKAGES) prometheus python3
PACKAGE_PACKAGES := $(BUILD_PACKAGES) build-essential debhelper lintian
IMAGE_PACKAGES := buildah libcap2-bin
ARTEFACT_PACKAGES := rpm
SYSTEMD_PACKAGES := debootstrap openssl systemd-container
KUBERNETES_PACKAGES := crun debootstrap golang-github-containers-common prometheus

SWIFT_FLAGS := --explicit-target-dependency-import-check error
# The release binary loads on every glibc from 2.34 on, with libsystemd as its only other library that is not glibc's or
# GCC's: Packaging/check-binary. Packaging/static has the pkg-config files of the static libraries, $(STATIC) the static
# libstdc++, which -lstdc++ finds before the shared one. Relocations are not packed, which would need glibc 2.36.
# A static build exports every symbol of the standard library for plugins, which this program does not load: 2.5 MB of
# tables, most of which the loader reads. Relocated memory is read-only afterwards, including the calls into libraries
# (-z now). There is no library beside the binary that a run path could find. --wrap: Sources/CLinux/DispatchWorkers.c.
STATIC := .build/static
RELEASE_FLAGS := $(SWIFT_FLAGS) -c release --static-swift-stdlib --pkg-config-path $(CURDIR)/Packaging/static \
	--disable-local-rpath -Xswiftc -use-ld=lld -Xswiftc -L$(STATIC) -Xlinker --no-export-dynamic -Xlinker -z -Xlinker now \
	-Xlinker --wrap=open -Xlinker --wrap=close
BINARY := .build/release/gil-exporter
# The time of all files in packages and in the image, so that the same commit gives the same files.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2> /dev/null || stat --format=%Y CHANGELOG.md)
# The Python that generates and tests the dashboards, with the packages of Dashboards/requirements.txt.
DASHBOARDS_PYTHON := .cache/dashboards/bin/python
# The Python that renders and tests the chart, with the packages of Tests/kubernetes/requirements.txt.
KUBERNETES_PYTHON := .cache/kubernetes/bin/python
# ruff and mypy, with what they need to know of the packages above: .ci/requirements.txt.
LINT := .cache/lint/bin
FORMATTED := Package.swift Sources Tests

.PHONY: help run build test test-sanitized test-free-threaded test-observation test-syscalls test-faults soak fuzz \
	dashboards metrics-page test-dashboards package \
	manifests test-kubernetes image image-root test-image test-systemd artefacts release man lint format bench bench-observe \
	setup-build setup-test

help: ## List all targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Set up, build and run the exporter with its defaults on http://localhost:10061/metrics
	@echo "Running: http://localhost:10061/metrics (Ctrl-C ends it)"
	@exec $(BINARY) $(ARGUMENTS)

build: setup-build ## Set up and build the release binary
	@mkdir -p $(STATIC) && ln -sf "$$(clang -print-file-name=libstdc++.a)" $(STATIC)
	swift build $(RELEASE_FLAGS) --product gil-exporter

# One test at a time: in parallel, hundreds of tests take the CPUs from each other, and tests that wait for another
# process or thread wait too long.
test: setup-test ## Set up and run all tests
	swift test $(SWIFT_FLAGS) --disable-xctest --no-parallel $(ARGUMENTS)

# A build of everything for each sanitizer, because ThreadSanitizer and AddressSanitizer exclude each other.
test-sanitized: setup-test ## Run the unit tests under ThreadSanitizer, then under AddressSanitizer: an hour, so not in CI
	Tests/sanitized/run $(ARGUMENTS)

test-free-threaded: setup-test ## Build a free-threaded Python from Debian's source and run the probes that need one
	Tests/free-threaded/run

test-observation: build ## Observe every CPython of this host and of Debian, and compare with the truth
	Tests/observation/run $(BINARY) $(ARGUMENTS)

test-syscalls: build ## Run the program while each system call is refused, and compare with Documentation/system-calls.md
	Tests/syscalls/run $(BINARY) $(ARGUMENTS)

test-faults: build ## Run the program while one system call fails once, in each place: many minutes, so not in CI
	Tests/faults/run $(BINARY) $(ARGUMENTS)

soak: build ## Disturb the running exporter for an hour, as root, and check numbers, memory and scrapes: .cache/soak/report.md
	Tests/soak/run $(BINARY) $(ARGUMENTS)

fuzz: setup-build ## Fuzz everything that reads what others write, a minute each, and write a report
	Tests/fuzzing/run $(ARGUMENTS)

dashboards: $(DASHBOARDS_PYTHON) ## Generate the Grafana dashboards from Dashboards/src
	$(DASHBOARDS_PYTHON) -m Dashboards.src Dashboards

metrics-page: build $(DASHBOARDS_PYTHON) ## Write the tables of Documentation/metrics.md from the HELP texts of the binary
	$(DASHBOARDS_PYTHON) -m Tests.dashboards.metrics_page --write

test-dashboards: build $(DASHBOARDS_PYTHON) ## Test dashboards, rules, alerts, documents and the status page, with a real Prometheus and, if installed, Chromium
	$(DASHBOARDS_PYTHON) -m unittest discover --start-directory Tests/dashboards --top-level-directory . $(ARGUMENTS)

manifests: $(KUBERNETES_PYTHON) ## Render the manifests and the table of values from the chart
	$(KUBERNETES_PYTHON) -m Tests.kubernetes.manifests

test-kubernetes: $(if $(filter 0,$(shell id -u)),image-root,build) $(KUBERNETES_PYTHON) ## Render, lint and validate the chart, and, as root, run containers with the privileges that it asks for
	@Packaging/setup $(KUBERNETES_PACKAGES)
	Tests/kubernetes/run $(BINARY) $(ARGUMENTS)

package: build ## Build the Debian package into .build/package and check it with lintian
	@Packaging/setup $(PACKAGE_PACKAGES)
	Packaging/package

test-systemd: package ## Boot Debian 12 and 13 with the package installed, as root, and check the service there
	@Packaging/setup $(SYSTEMD_PACKAGES)
	@Tests/systemd/run .build/package/gil-exporter_*.deb $(ARGUMENTS) || [ $$? -eq 77 ]

image-root: build ## Collect the content of the image in .build/image, as root
	@Packaging/setup $(IMAGE_PACKAGES)
	@mkdir -p .build/image
	Packaging/image/root $(BINARY) .build/image

image: image-root ## Build the image with buildah, an OCI archive in .build/image, as root
	@Packaging/image/build .build/image

test-image: image ## Run the image with crun, as root, with and without its capability
	@Packaging/setup crun python3
	@Tests/image/run .build/image/gil-exporter-*.oci.tar || [ $$? -eq 77 ]

artefacts: package image ## Build the files of a release: archive, packages, image, bill of materials, checksums
	@Packaging/setup $(ARTEFACT_PACKAGES)
	@Packaging/artefacts

release: ## Check the versions and build the artefacts of a release: RELEASING.md
	Packaging/release

man: build ## Check the form of the manual pages, and that they have every flag and key
	@Packaging/setup mandoc
	Documentation/man/check $(BINARY)

lint: $(LINT)/ruff ## Check the format of the sources, the Python and its types
	swift format lint --strict --recursive --configuration .swift-format $(FORMATTED)
	$(LINT)/ruff format --check --quiet
	$(LINT)/ruff check --quiet
	$(LINT)/mypy
	Packaging/check-version

format: $(LINT)/ruff ## Format the sources
	swift format --in-place --recursive --configuration .swift-format $(FORMATTED)
	$(LINT)/ruff check --fix-only --quiet
	$(LINT)/ruff format --quiet

bench: build ## Measure the exporter against its targets, and print tables
	python3 -m Benchmarks --binary $(BINARY) $(ARGUMENTS)

bench-observe: build ## Measure the cost of observation, and its effect on the observed processes
	python3 -m Benchmarks --binary $(BINARY) $(ARGUMENTS) observe

setup-build:
	@Packaging/setup $(BUILD_PACKAGES)

setup-test:
	@Packaging/setup $(TEST_PACKAGES)

$(DASHBOARDS_PYTHON): Dashboards/requirements.txt
	@Packaging/setup prometheus python3 python3-venv
	@echo "Installing Python packages in .cache/dashboards: $$(grep -v '^#' $< | xargs)"
	@rm -rf .cache/dashboards && python3 -m venv .cache/dashboards
	@$@ -m pip install --quiet --disable-pip-version-check --requirement $<

$(KUBERNETES_PYTHON): Tests/kubernetes/requirements.txt
	@Packaging/setup python3 python3-venv
	@echo "Installing Python packages in .cache/kubernetes: $$(grep -v '^#' $< | xargs)"
	@rm -rf .cache/kubernetes && python3 -m venv .cache/kubernetes
	@$@ -m pip install --quiet --disable-pip-version-check --requirement $<

$(LINT)/ruff: .ci/requirements.txt Dashboards/requirements.txt Tests/kubernetes/requirements.txt
	@Packaging/setup python3 python3-venv
	@echo "Installing Python packages in .cache/lint: $$(cat $^ | grep -v '^[-#]' | xargs)"
	@rm -rf .cache/lint && python3 -m venv .cache/lint
	@$(LINT)/python -m pip install --quiet --disable-pip-version-check --requirement $<
