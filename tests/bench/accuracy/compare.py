#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How accurate Timeball is in the simulator, beside others: prints tables, judges nothing.

    compare.py FOLDER [SEEDS]

FOLDER holds the programs accuracy (ours), accuracy-regression (a weighted linear regression with a runs test) and
accuracy-limit (a Kalman filter that is told what ours has to learn). chrony's figures are those of docs/simulator.md. The same
seeds make the same worlds for all three.
"""

import math
import pathlib
import subprocess
import sys

# The Kalman filter that knows everything, from the reference figures: RMS error at poll 6.
LIMIT_S = [6.58e-7, 2.49e-6, 2.67e-6, 6.58e-6, 1.09e-5, 2.67e-5, 5.24e-5, 1.09e-4, 1.95e-4, 5.24e-4]


def run(program, seeds):
    output = subprocess.run([program, seeds], stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = [line.split("\t") for line in output.splitlines()]
    return {(group, name): [float(value) for value in values] for group, name, *values in rows}


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def table(title, ours, others):
    print(f"\n{title}\n{'':24} {'RMS s':>9} {'max s':>9} {'settled':>8} {'packets':>8} {'chrony':>7}", *(f"{name:>12}" for name in others))
    ratios = {name: [] for name in others}
    for key, (rms, largest, packets, settled, _, chrony_packets) in ours.items():
        cells = []
        for name, values in others.items():
            ratios[name].append(rms / values[key])
            cells.append(f"{ratios[name][-1]:12.2f}")
        print(f"{key[1]:24} {rms:9.2e} {largest:9.2e} {settled:8.0f} {packets:8.0f} {chrony_packets or '':>7}", *cells)
    print(f"{'geometric mean':70}", *(f"{geometric_mean(values):12.3f}" for values in ratios.values()))


def main():
    folder, seeds = pathlib.Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "10"
    ours, regression, limit = (run(folder / name, seeds) for name in ("accuracy", "accuracy-regression", "accuracy-limit"))
    print(f"{seeds} seeds, medians; settled: seconds until the error stays within ten times its RMS; the columns to the right are our RMS error over that of the others")
    for group in ("poll 6", "default", "other"):
        part = {key: values for key, values in ours.items() if key[0] == group}
        others = {"regression": {key: regression[key][0] for key in part}}
        if group != "other":
            others = {"chrony 4.8": {key: values[4] for key, values in part.items()}} | others
        if group == "poll 6":
            others["limit"] = {key: limit[key][0] for key in part}
            by_chrony = [regression[key][0] / values[4] for key, values in part.items()]
            by_limit = [limit[key][0] / value for key, value in zip(part, LIMIT_S)]
            print(f"\ncalibration at poll 6: regression over chrony {geometric_mean(by_chrony):.3f} "
                  f"({min(by_chrony):.2f} to {max(by_chrony):.2f}), told filter over the limit's figures "
                  f"{geometric_mean(by_limit):.3f} ({min(by_limit):.2f} to {max(by_limit):.2f})")
        table(group, part, others)


if __name__ == "__main__":
    main()
