#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Help, manual page and completions of timeballctl say the same, and the completions do what they say in real shells."""

import re
import subprocess

import ctl_case
import stage

SHELLS = {"bash": "timeballctl.bash", "fish": "timeballctl.fish", "zsh": "_timeballctl"}
# What the shells are asked, as words in front of the cursor and the last one, and some of what they have to offer.
QUESTIONS = [
    ((), "sou", {"source", "sources"}),
    ((), "config", {"config"}),
    (("config",), "", {"check"}),
    (("show",), "", {"manager", "clock", "server", "ntp1.example", "ntp3.example"}),
    (("--utc", "source"), "ntp2", {"ntp2.example"}),
    (("set-ntp",), "", {"yes", "no"}),
    (("watch",), "st", {"status", "stats"}),
]
BASH = """
source "$1"; shift
COMP_WORDS=(timeballctl "$@"); COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
compopt() { :; }
_timeballctl
printf '%s\\n' "${COMPREPLY[@]}"
"""
# Beyond a terminal, zsh does not complete: its own commands for it are put in the place of their drawing.
ZSH = """
emulate -R zsh
completion=$1; shift
words=(timeballctl "$@"); CURRENT=$#words; curcontext=
offer() { local word; for word in "$@"; do [[ $word == ${words[CURRENT]}* ]] && print -r -- $word; done; return 0 }
compadd() { [[ $1 == -- ]] && shift; offer "$@" }
_describe() { local -a all; all=(${(P)4}); offer ${all%%:*} }
_files() { :; }
_arguments() {
    local -a rest
    rest=(${words[2,CURRENT-1]:#-*})
    if (( $#rest )); then
        words=($rest "${words[CURRENT]}"); CURRENT=$#words; state=argument
    else
        words=("${words[CURRENT]}"); CURRENT=1; state=verb
    fi
    return 1
}
source $completion
"""


class Tables(ctl_case.CtlCase):
    def setUp(self):
        super().setUp()
        self.help = self.run_ctl("--help", address=False)
        verbs, options = self.help.split("Options:")
        self.verbs = re.findall(r"^  ([a-z]+(?:-[a-z]+)*(?: [a-z]+)*)(?= |$)", verbs.split("Verbs:")[1], re.MULTILINE)
        self.options = set(re.findall(r"(?<!\S)(--?[A-Za-z][a-z-]*)", re.sub(r"(?<=\S)  +[A-Za-z].*", "", options)))

    @staticmethod
    def built(name):
        return stage.case.BUILD / "ctl" / name

    def test_manual(self):
        """Every verb and every option of the help is explained in the page, and nothing else."""
        source = self.built("timeballctl.1").read_text(encoding="utf-8").replace("\\-", "-")
        page = re.sub(r"\\f[BIR]", "", source)
        items = page.split(".SH VERBS\n")[1].split(".SH LETTERS OF STATES")[0].split(".TP\n")[1:]
        self.assertEqual([re.match(r"[a-z -]*[a-z]", item).group() for item in items], self.verbs)
        options = page.split(".SH OPTIONS\n")[1].split(".SH ")[0].split(".TP\n")[1:]
        self.assertEqual(set(re.findall(r"(?<!\S)--?[A-Za-z][a-z-]*", "\n".join(item.split("\n")[0] for item in options))),
                         self.options)
        formatted = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", self.built("timeballctl.1")], capture_output=True,
                                   text=True, check=True)
        self.assertEqual(formatted.stderr, "")

    def test_states(self):
        page = re.sub(r"\\f[BIR]", "", self.built("timeballctl.1").read_text(encoding="utf-8")).replace("\\-", "-")
        api = (stage.case.SOURCE / "dbus/org.timeball1.Source.xml").read_text(encoding="utf-8")
        states = re.findall('"([a-z-]+)"', re.search("<!-- State: (.*?)-->", api, re.DOTALL).group(1))
        letters = page.split("LETTERS OF STATES\n")[1].split(".SH ")[0]
        self.assertEqual(re.findall(r"\.TP\n\S+ (.*)", letters), states)

    def test_scripts_name_all(self):
        for shell, name in SHELLS.items():
            script = self.built(name).read_text(encoding="utf-8")
            for verb in self.verbs:
                for word in verb.split():
                    self.assertRegex(script, rf"(?<![a-z-]){word}(?![a-z-])", shell)
            for option in self.options:
                wanted = option if shell != "fish" else f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
                self.assertRegex(script, rf"(?<![a-z-]){wanted}(?![a-z-])", shell)
            subprocess.run([shell, "-n", self.built(name)], check=True)

    def complete(self, shell, words, last):
        script = self.built(SHELLS[shell])
        if shell == "bash":
            command = ["bash", "--norc", "-c", BASH, "bash", script, *words, last]
        elif shell == "zsh":
            command = ["zsh", "-f", "-c", ZSH, "zsh", script, *words, last]
        else:
            line = " ".join(("timeballctl", *words, last))
            command = ["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"]
        environment = self.environment({"DBUS_SYSTEM_BUS_ADDRESS": self.bus.address, "HOME": str(self.directory),
                                        "PATH": f"{self.program.parent}:/usr/bin:/bin"})
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ctl_case.SECONDS, env=environment)
        self.assertEqual(result.stderr, "", (shell, words))
        return {line.split("\t")[0] for line in result.stdout.splitlines()} - {""}

    def test_completions(self):
        self.publish()
        for shell in SHELLS:
            for words, last, offered in QUESTIONS:
                found = self.complete(shell, words, last)
                self.assertLessEqual(offered, found, (shell, words, last))
                self.assertEqual([word for word in found if not word.startswith(last)], [], (shell, words, last))

    def test_option_values(self):
        self.publish()
        self.assertEqual(self.complete("bash", ("--json", "="), "p"), {"pretty"})
        self.assertEqual(self.complete("bash", ("--units",), "m"), {"ms"})
        self.assertEqual(self.complete("bash", ("status",), "--ch"), {"--check"})
        self.assertEqual(self.complete("bash", ("sources",), "--ch"), set())
        self.assertEqual(self.complete("fish", ("sources",), "--units=m"), {"--units=ms"})

    def test_names_are_not_run(self):
        publisher, _ = self.publish()
        publisher.tell("name", 1, "hostile")
        for shell in SHELLS:
            self.assertIn("ntp2.example", self.complete(shell, ("source",), ""))
        self.assertNotIn("$", "".join(self.complete("bash", ("source",), "")))


if __name__ == "__main__":
    stage.main()
