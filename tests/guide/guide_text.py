"""The guide as text: its code blocks by heading, and a snippet's parts by the comments that head them."""

import dataclasses
import pathlib
import re

GUIDE = pathlib.Path(__file__).with_name("guide.md")
HOST = "https://openmetadata.company.com"


@dataclasses.dataclass
class Block:
    heading: str
    language: str
    text: str

    def part(self, comment):
        """The lines from `# comment` to the next comment at the line's start; the snippet's imports go before."""
        imports, parts, current = [], {}, None
        for line in self.text.splitlines():
            if line.startswith("# "):
                current = line[2:].strip()
                parts[current] = []
            elif current is None:
                imports.append(line)
            else:
                parts[current].append(line)
        return "\n".join(imports + parts[comment]).strip() + "\n"


def read_blocks():
    heading, blocks, language, lines = "", [], None, []
    for line in GUIDE.read_text(encoding="utf-8").splitlines():
        if language is None and line.startswith("```"):
            language, lines = line[3:].strip() or "text", []
        elif language is not None and line.startswith("```"):
            blocks.append(Block(heading, language, "\n".join(lines) + "\n"))
            language = None
        elif language is not None:
            lines.append(line)
        elif match := re.match(r"#+ (.*)", line):
            heading = re.sub(r"^\d+\. |\*\*", "", match.group(1)).strip()
            heading = re.sub(r"^\d+\. ", "", heading)
    return blocks


BLOCKS = read_blocks()


def block(heading, language, number=0):
    found = [entry for entry in BLOCKS if entry.heading == heading and entry.language == language]
    return found[number]
