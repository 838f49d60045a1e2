// Replaces the main element by the current one every ten seconds.
//
// Only that element is parsed: the style in the head has a nonce that the policy of this page does not allow. Open
// details stay open, and the keyboard focus stays where it is. Nothing is replaced while the user has selected a part of
// the page, or while the page is hidden.
const stale = document.getElementById("stale");
async function refresh() {
  const main = document.querySelector("main");
  const selection = document.getSelection();
  if (document.hidden || !selection.isCollapsed && selection.containsNode(main, true)) return;
  try {
    const response = await fetch(location.href, { cache: "no-store" });
    if (!response.ok) throw new Error(response.status);
    const text = await response.text();
    const part = text.slice(text.indexOf("<main>"), text.indexOf("</main>"));
    const page = new DOMParser().parseFromString(part, "text/html");
    const open = [...main.querySelectorAll("details[open]")].map((details) => details.id);
    for (const id of open) page.getElementById(id)?.setAttribute("open", "");
    const focused = main.contains(document.activeElement) && document.activeElement.closest("details")?.id;
    main.replaceWith(page.querySelector("main"));
    if (focused) document.getElementById(focused)?.querySelector("summary").focus({ preventScroll: true });
    stale.hidden = true;
  } catch {
    stale.hidden = false;
  }
}
setInterval(refresh, 10000);
document.addEventListener("visibilitychange", refresh);
