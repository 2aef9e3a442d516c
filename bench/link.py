"""How a Swift file is linked with modules that the package has built."""
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def against(built, rooms="*"):
    """- Parameter built: the directory of a release build; rooms: names of modules, or all.
    - Returns: words for swiftc: where modules and headers in C are, and the modules' objects."""
    maps = [word for path in built.glob("C*.build/module.modulemap") for word in ("-Xcc", f"-fmodule-map-file={path}")]
    maps += [word for path in sorted(ROOT.glob("Sources/C*/include")) for word in ("-Xcc", f"-I{path}")]
    # Objects of sources that were removed since stay in the build directory.
    sources = {path.name for path in (ROOT / "Sources").rglob("*.*")}
    objects = [str(path) for room in rooms.split() for path in built.glob(f"{room}.build/**/*.o") if path.stem in sources]
    return [*maps, "-I", str(built / "Modules"), *objects]
