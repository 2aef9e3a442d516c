#!/bin/bash
# needs: rules
# A real API server takes the definitions, refuses each mistake for its own reason, and shows columns and descriptions.
. "$(dirname "$0")/../lib.sh"
python=.build/tools/venv/bin/python

mkdir "$WORK/refused"
$python charts/tests/definitions.py split e2e/definitions/refused.yaml "$WORK/refused"
for file in "$WORK"/refused/*.yaml; do
    expected=$($python -c 'import sys, yaml; print(yaml.safe_load(open(sys.argv[1]))["metadata"]["annotations"]["refused"])' "$file")
    # Keywords of a schema are said in an API server's own words.
    case $expected in
        minItems) expected='should have at least' ;;
        minLength) expected='should be at least' ;;
        pattern) expected='should match' ;;
        enum) expected='Unsupported value' ;;
        maximum) expected='less than or equal' ;;
        minimum) expected='greater than or equal' ;;
        required) expected='Required value|missing required field' ;;
    esac
    has "$expected" k create --dry-run=server --validate=false -f "$file"
done

k create -f e2e/definitions/accepted/everything.yaml
has '^NAME +HOSTS +CLASS +ACCEPTED +PROGRAMMED +AGE$' k get routes.martlet.dev
has '^NAME +HOSTS +CLASS +ACCEPTED +PROGRAMMED +RESOLVED +CONTROLLER +AGE$' k get mroute -o wide
has '^NAME +TARGET +PHASE +STEP +WEIGHT +MESSAGE +AGE$' k get mrollout
eventually has '^route.martlet.dev/everything .*shop.example.com.* martlet +(True|False) +(True|False) ' k get martlet
has 'atomic blue-green switch' k explain routes.spec.rules.split.activeArm --api-version=martlet.dev/v1alpha1
