// The desk's few behaviours: quick reasons, print, a name shown for thirty seconds.

for (const chip of document.querySelectorAll("[data-yc-fill]")) {
  chip.addEventListener("click", () => {
    const field = chip.closest("form").elements.reason;
    field.value = chip.dataset.ycFill;
    field.focus();
  });
}

for (const button of document.querySelectorAll("[data-yc-print]")) {
  button.addEventListener("click", () => window.print());
}

// A link to one action (#hand-2) opens it.
const wanted = location.hash.startsWith("#hand-") ? document.getElementById(location.hash.slice(1)) : null;
if (wanted instanceof HTMLDetailsElement) {
  wanted.open = true;
}

for (const box of document.querySelectorAll("[data-yc-reveal]")) {
  const form = box.querySelector("form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    reveal(box, form);
  });
}

async function reveal(box, form) {
  const said = form.querySelector("[data-yc-said]");
  said.textContent = "";
  let answer;
  try {
    answer = await fetch(box.dataset.url, { method: "POST", body: new FormData(form), headers: { "X-Requested-With": "XMLHttpRequest" } });
  } catch {
    said.textContent = "网络不通，没有显示。";
    return;
  }
  const body = await answer.json().catch(() => ({ message: "服务器出错了，没有显示。" }));
  if (!answer.ok) {
    said.textContent = body.message;
    return;
  }
  const name = document.querySelector("[data-yc-name]");
  const masked = name.textContent;
  const hide = () => {
    name.textContent = masked;
    box.querySelector("summary").textContent = "查看姓名原文…";
  };
  name.textContent = body.name;
  form.reset();
  box.open = false;
  box.querySelector("summary").textContent = `${body.seconds} 秒后遮回`;
  setTimeout(hide, body.seconds * 1000);
  window.addEventListener("pagehide", hide, { once: true });
}
