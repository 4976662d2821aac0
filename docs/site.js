// The slider of the first page: an invisible range input moves the border.
for (const slider of document.querySelectorAll(".slider")) {
  const input = slider.querySelector("input");
  const move = () => slider.style.setProperty("--at", `${input.value}%`);
  input.addEventListener("input", move);
  move();
}
