# What one can do here. `make help` lists it; every target says what it needs and fails (it never skips) when that is missing.
.DEFAULT_GOAL := help
SHELL := /bin/bash
MARTLET := .build/release/martlet
T ?= 20

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install the Debian packages that building and testing need (or print the line that does)
	@scripts/setup

build: setup ## the release binary: .build/release/martlet
	swift build -c release --product martlet

demo: build ## kubectl in, traffic through, canaries to watch (no cluster needed)
	@demo/run

test: setup ## everything: lint, floors, unit tests, release build, instructions, e2e, the demo's self-test, fuzzers beside them, workers
	@scripts/test

check: setup ## the quick part of `make test`: lint, floors, sizes, unit tests
	@scripts/test quick

lint: ## swift-format, shellcheck, yamllint, codespell, floors, sizes
	@scripts/lint && scripts/check-floors && scripts/check-sizes

format: ## rewrite the Swift sources as .swift-format says
	swift format --in-place --parallel --recursive Package.swift Sources Tests Fuzz

golden: ## rewrite the expected parts of all case files; `git diff` is the review
	UPDATE_GOLDEN=1 swift test

e2e: build ## real kubectl and curl against `martlet dev`
	@e2e/run

fuzz: setup ## every fuzzer for T seconds (T=20); what reached new code is kept in Fuzz/Corpus
	@T=$(T) scripts/fuzz --grow

bench: build ## CPU per proxied request beside HAProxy, nginx and Envoy, and scale; writes docs/benchmarks.md and docs/scale.md
	@scripts/setup --bench && bench/run --write docs/benchmarks.md && bench/scale --write docs/scale.md

bench-gate: build ## what noise cannot move: instructions per request, no allocation, two workers against one
	@scripts/gates

soak: build ## 10,000 WebSockets and a steady load while routes, endpoints and certificates change, for two minutes
	@bench/soak

attacks: build ## slowhttptest's four attacks, and 100,000 connections, while a good client must not notice
	@bench/attacks && bench/flood

bench-store: build ## CPU and memory of 10,000 Routes, Services and EndpointSlices, and CPU of idling
	@bench/store

sanitize: setup ## unit tests under the address and thread sanitizers, which must have nothing to report
	@scripts/sanitize

chart: setup ## the chart's tests, with Helm's own engine
	@scripts/check-chart

image: build ## the image's root file system in .build/image, without a container engine (see packaging/Dockerfile)
	@rm -rf .build/image && packaging/root-filesystem .build/image && du -sh .build/image

generate: setup ## regenerate crds/, the reference pages, manifests/ and the chart's README
	@scripts/generate

docs: generate ## check that every link in the documentation leads somewhere
	@scripts/check-links

.PHONY: help setup build demo test check lint format golden e2e fuzz bench bench-gate soak attacks bench-store sanitize chart image generate docs
