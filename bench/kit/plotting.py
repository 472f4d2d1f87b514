# SPDX-License-Identifier: BSD-3-Clause
"""Charts as gnuplot scripts: for each case, the engines' ratios to libevent."""

from kit.results import MORE_IS_BETTER, engines_of

COLOURS = {
    "le-thr": "#b0b0b0", "le-cl": "#d8c090", "levin": "#c02020", "levin-thr": "#e88080",
    "levin-sfd": "#f0b8b8", "ev": "#3070b0", "uv": "#60a060", "raw": "#404040",
    "raw-eager": "#808080", "raw-sfd": "#a0a0a0",
    "raw-mmsg": "#909090", "cares": "#a070c0",
}
# Counts and memory have tables; a chart of costs should not mix them in.
COSTS = {"ns", "ms"}


def drawn_keys(workload, results):
    return [key for key in results.keys_of(workload.name)
            if results.units[key] in COSTS and key[2] not in MORE_IS_BETTER
            and results.values[key].get(workload.baseline)]


def quoted(text):
    return '"' + text.replace('"', '') + '"'


def data_block(keys, engines, workload, results):
    """One line a case and metric, one column an engine; ? where there is no value."""
    metrics = {key[2] for key in keys}
    lines = []
    for key in keys:
        label = key[1] if len(metrics) == 1 else f"{key[1]}: {key[2]}"
        ratios = [results.ratio(key, engine, workload.baseline) for engine in engines]
        cells = ["?" if ratio is None else f"{ratio:.6g}" for ratio in ratios]
        lines.append(" ".join([quoted(label)] + cells))
    return "$ratios << EOD\n" + "\n".join(lines) + "\nEOD\n"


def script_for(workload, results):
    """The script without `set output`; empty if there is nothing to draw."""
    keys = drawn_keys(workload, results)
    engines = [name for name in engines_of(workload, results) if name != workload.baseline]
    if not keys or not engines:
        return ""
    width = 420 + 16 * len(keys) * (len(engines) + 1)
    curves = [f"$ratios using {column}:xtic(1) title '{engine}' lc rgb '{COLOURS[engine]}'"
              for column, engine in enumerate(engines, 2)]
    return "\n".join([
        f"set terminal svg size {width},420 font 'sans,12' background '#ffffff' noenhanced",
        f"set title '{workload.title}: ratio to {workload.baseline}, less is better'",
        "set style data histogram",
        "set style histogram clustered gap 1",
        "set style fill solid 0.9 border lc rgb '#ffffff'",
        "set datafile missing '?'",
        "set logscale y",
        "set grid y",
        "set key outside right top noenhanced",
        "set xtics rotate by -35 noenhanced",
        "set format y '%g'",
        data_block(keys, engines, workload, results)
        + "plot " + ", ".join(curves) + f", 1 title '{workload.baseline}' lc rgb '#000000'",
        "",
    ])
