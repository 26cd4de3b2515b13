// The print button of a notice board.

document.getElementById("print").addEventListener("click", () => window.print());
