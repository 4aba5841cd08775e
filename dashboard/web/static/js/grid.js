// The table becomes an ARIA grid: one tab stop, arrows inside (APG, "Grid", roving tabindex).
const rows = (table) =>
  [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("a.face")]);

export function upgradeGrid(root) {
  for (const table of root.querySelectorAll("[data-grid]")) upgrade(table);
}

function upgrade(table) {
  table.setAttribute("role", "grid");
  for (const cell of table.querySelectorAll("tbody td")) cell.setAttribute("role", "gridcell");
  const faces = rows(table).flat();
  for (const face of faces) face.tabIndex = -1;
  if (faces.length) faces[0].tabIndex = 0;
  table.addEventListener("keydown", (event) => onKey(table, event));
  table.addEventListener("focusin", (event) => {
    const face = event.target.closest("a.face");
    if (face) take(table, face);
  });
}

export function take(table, face) {
  for (const other of table.querySelectorAll('a.face[tabindex="0"]')) other.tabIndex = -1;
  face.tabIndex = 0;
}

export function nextToLookAt(root) {
  const faces = [...root.querySelectorAll('a.face[data-colour="orange"], .grid--dense a.face--orange')];
  if (!faces.length) return null;
  const at = faces.indexOf(document.activeElement);
  return faces[(at + 1) % faces.length];
}

function onKey(table, event) {
  const face = event.target.closest?.("a.face");
  if (!face || event.altKey || event.metaKey || event.shiftKey) return;
  const grid = rows(table);
  const row = grid.findIndex((faces) => faces.includes(face));
  const target = moved(grid, row, grid[row].indexOf(face), event);
  if (!target) return;
  event.preventDefault();
  target.focus();
}

function moved(grid, row, column, event) {
  const last = grid.length - 1;
  const end = grid[row].length - 1;
  if (event.ctrlKey) {
    if (event.key === "Home") return grid[0][0];
    if (event.key === "End") return grid[last][grid[last].length - 1];
    return null;
  }
  switch (event.key) {
    case "ArrowRight":
      return grid[row][Math.min(column + 1, end)];
    case "ArrowLeft":
      return grid[row][Math.max(column - 1, 0)];
    case "ArrowDown":
      return grid[Math.min(row + 1, last)][column];
    case "ArrowUp":
      return grid[Math.max(row - 1, 0)][column];
    case "Home":
      return grid[row][0];
    case "End":
      return grid[row][end];
    case "PageUp":
      return grid[0][column];
    case "PageDown":
      return grid[last][column];
    default:
      return null;
  }
}
