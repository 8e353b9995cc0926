// Before anything is painted: the colours that were chosen. No module, because those come later.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("palaver.theme");
  } catch {
    // A browser that keeps nothing has the colours of its system.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
