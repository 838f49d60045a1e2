"use strict";
const graph = document.getElementById("graph");
const boxes = Array.from(graph.children, (element) => ({
  element,
  depth: Number(element.dataset.depth),
  start: Number(element.dataset.start),
  width: Number(element.dataset.width),
}));
graph.style.height = `${1.25 * Number(graph.dataset.depth)}rem`;

// Draws the boxes so that one is as wide as the page. Its callers are, too.
function enlarge(chosen) {
  for (const box of boxes) {
    const isCaller = box.depth < chosen.depth && box.start <= chosen.start + 1e-6
      && box.start + box.width >= chosen.start + chosen.width - 1e-6;
    const start = isCaller ? 0 : (box.start - chosen.start) / chosen.width;
    const width = isCaller ? 1 : box.width / chosen.width;
    const isInside = isCaller
      || (box.depth >= chosen.depth && start > -1e-6 && start + width < 1 + 1e-6);
    box.element.hidden = !isInside;
    box.element.classList.toggle("outside", isCaller);
    Object.assign(box.element.style, {
      left: `${100 * start}%`, width: `${100 * width}%`, top: `${1.25 * box.depth}rem`,
    });
  }
}

function find(words) {
  let share = 0;
  let end = 0;
  for (const box of [...boxes].sort((a, b) => a.start - b.start || b.width - a.width)) {
    const isFound = words !== "" && box.element.title.toLowerCase().includes(words.toLowerCase());
    box.element.classList.toggle("found", isFound);
    if (isFound && box.start + box.width > end + 1e-9) {
      share += box.start + box.width - Math.max(end, box.start);
      end = box.start + box.width;
    }
  }
  document.getElementById("found").textContent = words === "" ? "" : `${(100 * share).toFixed(1)} %`;
}

for (const box of boxes) {
  box.element.addEventListener("click", () => enlarge(box));
  box.element.addEventListener("keydown", (event) => { if (event.key === "Enter") enlarge(box); });
}
document.getElementById("all").addEventListener("click", () => enlarge(boxes[0]));
document.getElementById("find").addEventListener("input", (event) => find(event.target.value));
if (boxes.length > 0) enlarge(boxes[0]);
