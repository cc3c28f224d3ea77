"""What things cost, each beside its bare limit or peer in the same run. `make bench`, or `python -m benchmarks NAME …`.

A module here has `def run(report: Report) -> None`; it is found by its name. It ends within about three minutes, and takes
longer only when `report.full` says so. Figures of different runs are never compared: only the ratios are.
"""
