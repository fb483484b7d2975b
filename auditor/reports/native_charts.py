"""Charts that the spreadsheet draws itself, from cells of the same sheet; classes stand side by side, never stacked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.worksheet.worksheet import Worksheet

from auditor.reports.styles import WHOLE

COLORS = ("1F5A7A", "B9770E", "5B7F5B")


def bars(
    sheet: Worksheet,
    title: str,
    labels: tuple[int, int, int],
    series: Sequence[int],
    at: str,
    *,
    lying: bool = False,
    size: tuple[float, float] = (22.0, 9.0),
) -> None:
    """Draw bars at the cell `at` (`size` in centimetres).

    `labels` are column, heading's row and last row; `series` the columns of the figures, whose headings name them.
    `lying` bars run to the right with the first row on top.
    """
    column, first, last = labels
    if last <= first:
        return
    chart = BarChart()
    chart.type = "bar" if lying else "col"
    chart.grouping = "clustered"
    chart.title = title
    chart.style = 2
    chart.gapWidth = 60
    cast(Any, chart).width, cast(Any, chart).height = size
    for number in series:
        chart.add_data(Reference(sheet, min_col=number, min_row=first, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=column, min_row=first + 1, max_row=last))
    for line, color in zip(chart.series, COLORS, strict=False):
        cast(Any, line).graphicalProperties.solidFill = color
    category, value = cast(Any, chart.x_axis), cast(Any, chart.y_axis)
    category.delete = value.delete = False  # openpyxl leaves it open, and some programs then draw no axis
    value.numFmt = WHOLE
    value.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill="DCD9D1"))
    if lying:
        category.scaling.orientation = "maxMin"
    cast(Any, chart).legend.position = "b"
    sheet.add_chart(chart, at)
