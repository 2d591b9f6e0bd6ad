#!/usr/bin/env python3
"""Line coverage of src/ from all .gcda files below a directory; a line that any program ran is covered.

usage: coverage.py BUILD [LEAST]      exits with 1 below LEAST per cent
"""

import glob
import json
import os
import subprocess
import sys

build = sys.argv[1]
lines = {}
for path in glob.glob(build + "/**/*.gcda", recursive=True):
    out = subprocess.run(["gcov", "--json-format", "--stdout", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for text in out.stdout.splitlines():
        for file in json.loads(text)["files"]:
            name = os.path.normpath(file["file"])
            if not name.startswith("src/"):
                continue
            counts = lines.setdefault(name, {})
            for line in file["lines"]:
                number = line["line_number"]
                counts[number] = counts.get(number, 0) + line["count"]

total = ran = 0
rows = []
for name, counts in lines.items():
    covered = sum(count > 0 for count in counts.values())
    total += len(counts)
    ran += covered
    rows.append((len(counts) - covered, len(counts), name, counts))
with open(build + "/uncovered", "w") as out:
    for _, _, name, counts in sorted(rows, key=lambda row: row[2]):
        for number in sorted(number for number, count in counts.items() if count == 0):
            print("%s:%d" % (name, number), file=out)
for missing, n, name, _ in sorted(rows, reverse=True)[:25]:
    print("%5d of %4d lines not run: %s" % (missing, n, name))
share = 100 * ran / total
print("coverage: %.1f%% of %d lines in %d files of src/; the others are in %s/uncovered" % (share, total, len(rows), build))
sys.exit(len(sys.argv) > 2 and share < float(sys.argv[2]))
