"""Generated files are what they are made from: `make generate` writes them."""
import unittest

import yaml

import generated
from support import CHART, ROOT, Rendered


class Generated(unittest.TestCase):
    def test_files_are_fresh(self):
        for path, text in generated.files().items():
            with self.subTest(str(path.relative_to(ROOT))):
                self.assertTrue(path.exists() and path.read_text() == text, f"{path} is stale; run `make generate`")

    def test_folders_hold_nothing_else(self):
        expected = set(generated.files())
        for folder in (CHART / "crds", ROOT / "manifests"):
            self.assertEqual({each for each in folder.iterdir()} - expected, set(), "nothing makes these; remove them")

    def test_plain_manifests_hold_every_object_of_the_chart(self):
        def keys(objects):
            return {(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in objects}
        plain = [each for path in sorted((ROOT / "manifests").iterdir()) for each in yaml.safe_load_all(path.read_text())]
        added = {("Namespace", None, "martlet-system")} | {("CustomResourceDefinition", None, name.removesuffix(".yaml")) for name in generated.definitions()}
        self.assertEqual(keys(plain), keys(Rendered().objects) | added)
        self.assertNotIn("Helm", (ROOT / "manifests/20-martlet.yaml").read_text())
