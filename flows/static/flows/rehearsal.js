// Sliders beside the numbers of a simulation, and the bar of one under way. Without scripts the numbers are typed and the page is reloaded.

for (const form of document.querySelectorAll("[data-yr-sliders]")) {
  for (const number of form.querySelectorAll("input[type=number]")) {
    if (number.name === "seed") continue;
    const slider = document.createElement("input");
    const now = Number(number.value || number.placeholder) || Number(number.min);
    Object.assign(slider, { type: "range", className: "yr-slider", min: number.min || 0, max: Math.min(Number(number.max), Math.max(30, now * 3)), value: now });
    slider.setAttribute("aria-label", number.labels[0]?.textContent.trim() ?? number.name);
    slider.addEventListener("input", () => { number.value = slider.value; });
    number.addEventListener("input", () => { slider.value = number.value; });
    number.after(slider);
  }
}

const SECOND = 1000;

async function follow(box) {
  const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const told = await answer.json();
  if (told.state !== "waiting" && told.state !== "running") {
    window.location.reload();
    return;
  }
  box.querySelector("progress").value = told.done;
  box.querySelector("[data-yr-done]").textContent = told.done;
  window.setTimeout(() => follow(box), SECOND);
}

for (const box of document.querySelectorAll("[data-yr-progress]")) window.setTimeout(() => follow(box), SECOND);
