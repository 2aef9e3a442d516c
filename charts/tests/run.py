"""Runs every test in this folder; the last line counts them. `scripts/check-chart [NAME…]` is how it is called."""
import pathlib, sys, unittest

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
loader = unittest.defaultTestLoader
suite = loader.loadTestsFromNames(sys.argv[1:]) if sys.argv[1:] else loader.discover(str(here))
total = suite.countTestCases()
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
failed = len({test.id().split(" (")[0] for test, _ in result.failures + result.errors if hasattr(test, "id")})
print(f"check-chart: {total - failed} passed, {failed} failed")
sys.exit(failed > 0 or total == 0)
