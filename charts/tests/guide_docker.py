"""`docker` for guides: nobody builds an image here; the files that a command names have to be there."""
import pathlib, sys

words = sys.argv[1:]
if "--file" in words and not pathlib.Path(words[words.index("--file") + 1]).is_file():
    sys.exit(f"there is no {words[words.index('--file') + 1]}")
