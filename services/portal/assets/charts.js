// Draws the tables of the dashboard. The table is the figures; the drawing beside it is for eyes alone.
import { init, use } from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

var INK = "#17324d", THREAD = "#d6dce3", FONT = "Titillium Web, Geneva, sans-serif";
var COLOURS = ["#0066cc", "#00664f", "#b3112a"];

// The heads of the columns that hold numbers, the names of the rows, and the numbers by column.
function read(table) {
  var heads = Array.from(table.tHead.rows[0].cells, function (cell) { return cell.textContent.trim(); });
  var rows = Array.from(table.tBodies[0].rows);
  var numbered = rows.length ? Array.from(rows[0].cells).map(function (cell, at) { return "n" in cell.dataset ? at : -1; }).filter(function (at) { return at > 0; }) : [];
  return {
    names: rows.map(function (row) { return row.cells[0].textContent.trim(); }),
    columns: numbered.map(function (at) {
      return { name: heads[at], numbers: rows.map(function (row) { return Number(row.cells[at].dataset.n); }) };
    })
  };
}

function options(kind, data) {
  var names = { type: "category", data: data.names, axisLine: { lineStyle: { color: INK } }, axisLabel: { color: INK, fontFamily: FONT } };
  var numbers = { type: "value", minInterval: 1, splitLine: { lineStyle: { color: THREAD } }, axisLabel: { color: INK, fontFamily: FONT } };
  var flat = kind === "barre";
  return {
    animation: false,
    color: COLOURS,
    textStyle: { fontFamily: FONT },
    grid: { left: 8, right: 16, top: data.columns.length > 1 ? 36 : 12, bottom: 8, containLabel: true },
    legend: { show: data.columns.length > 1, textStyle: { color: INK, fontFamily: FONT } },
    // Drawn, not laid out in HTML: the policy of the pages allows no styles inside them.
    tooltip: { trigger: "axis", renderMode: "richText" },
    xAxis: flat ? numbers : names,
    yAxis: flat ? Object.assign({ inverse: true }, names) : numbers,
    series: data.columns.map(function (column) {
      return { name: column.name, type: kind === "linee" ? "line" : "bar", data: column.numbers, symbol: "none", barMaxWidth: 28 };
    })
  };
}

document.querySelectorAll("[data-grafico]").forEach(function (place) {
  var table = place.parentElement.querySelector("table");
  var data = read(table);
  if (!data.names.length || !data.columns.length) { return; }
  var kind = place.dataset.grafico;
  place.setAttribute("aria-hidden", "true");
  place.classList.add("grafico-vivo");
  if (kind === "barre") { place.style.height = Math.max(120, data.names.length * 34 + 24) + "px"; }
  var chart = init(place, null, { renderer: "svg" });
  chart.setOption(options(kind, data));
  window.addEventListener("resize", function () { chart.resize(); });
  // On paper there is nothing to unfold.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details.piega").forEach(function (fold) { fold.open = true; });
    chart.resize();
  });
});
