export const COLOURS = {
  all: "#8aa79c",
  members: "#0b5d4e",
  line: "#dde3de",
  ink: "#3c4642",
  accent: "#c2571a",
} as const;
