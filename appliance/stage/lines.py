"""Breaking a text into the lines that fit."""


def wrap(text: str, width: int, height: int) -> list[list[int]]:
    """Break a text into its last lines; each is the indices of its characters.

    Lines break after a space where there is one, at the edge where there is none. A tab counts as
    one place and is drawn as a space.
    """
    lines: list[list[int]] = [[]]
    space = -1  # place in the current line after the last space
    for i, character in enumerate(text):
        if character == "\n":
            lines.append([])
            space = -1
            continue
        line = lines[-1]
        if len(line) >= width:
            cut = space if space > 0 else len(line)
            lines[-1], rest = line[:cut], line[cut:]
            lines.append(rest)
            space = -1
        lines[-1].append(i)
        if character == " ":
            space = len(lines[-1])
    return lines[-height:]
