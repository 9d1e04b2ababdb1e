// What runs over the page, what is clipped, the smallest text and the smallest touch area, each with its words.
() => {
  const all = [...document.querySelectorAll(".y *")];
  const width = document.documentElement.clientWidth;
  const words = (one) => one.innerText.trim().slice(0, 20);
  const texts = (one) => [...one.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
  const least = (pairs) => pairs.sort((a, b) => a[0] - b[0])[0];
  const sizes = all.flatMap((one) => texts(one).map((node) => [parseFloat(getComputedStyle(one).fontSize), node.data.trim()]));
  const areas = [...document.querySelectorAll(".y [role=button], .y [role=radio], .y [role=checkbox], .y [role=tab]")].map((one) => {
    const box = one.getBoundingClientRect();
    return [Math.round(Math.min(box.width, box.height)), words(one)];
  });
  const over = all.filter((one) => {
    const box = one.getBoundingClientRect();
    const drawing = one.closest("[aria-hidden=true], uni-picker, uni-resize-sensor");
    return box.width && !drawing && (box.right > width + 1 || box.left < -1);
  });
  const clipped = [...document.querySelectorAll(".y .btn, .y .money, .y .figures")].filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth + 1);
  return { over: over.map(words), clipped: clipped.map(words), smallest: least(sizes), touch: least(areas.filter(([size]) => size > 0)) };
}
