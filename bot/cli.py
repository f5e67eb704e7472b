"""The `doorstep` command: what people, scripts and operators type."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click

from bot import __version__, settings
from bot.commands.cases import cases
from bot.commands.keeping import keys, person, retention
from bot.commands.open311 import open311
from bot.commands.publish import publish_db
from bot.commands.shared import chosen_settings as _settings
from bot.commands.shared import city_option as _city
from bot.commands.shared import data_option as _data
from bot.commands.shared import explained as _explained
from bot.commands.staff import staff


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="doorstep")
def main() -> None:
    """Doorstep (家门口): what to bring, who handles it, how long it takes."""


for command in (cases, staff, person, keys, retention, publish_db, open311):
    main.add_command(command)


@main.command()
@_city
@_data
@_explained
def chat(city: Path | None, data: Path | None) -> None:
    """Talk in the terminal; reads questions line by line if input is piped."""
    from bot import app as apps
    from bot.channels import terminal
    from bot.watch import Watched

    chosen = _settings(city=city, data=data)
    with _Progress() as progress:
        app = apps.build(chosen, apps.open_store(chosen), progress)
    _say_reduced(app.without_semantic)
    watched = Watched(app, click.echo)
    if sys.stdin.isatty():
        welcome = app.intake.wording.welcome(app.intake.book.about())
        terminal.chat(watched.intake, app.now, welcome)
    else:
        terminal.lines(watched.intake, app.now, sys.stdin)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--telegram-api-base", metavar="URL", help="A Bot API server of your own.")
@_city
@_data
@_explained
def serve(
    host: str, port: int, telegram_api_base: str | None, city: Path | None, data: Path | None
) -> None:
    """Serve the chat page, the guides, the JSON API and, with a token, Telegram."""
    from bot import app as apps
    from bot import serve as server

    chosen = _settings(city=city, data=data, telegram_api_base=telegram_api_base)
    with server.listening(host, port) as listener:
        with _Progress() as progress:
            app = apps.build(chosen, apps.open_store(chosen), progress)
        _say_reduced(app.without_semantic)
        server.run(chosen, app, listener, click.echo)


@main.command()
@click.argument("question", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--jsonl", is_flag=True, help="Answer JSON lines from standard input.")
@_city
@_data
@_explained
def ask(
    question: str | None, as_json: bool, jsonl: bool, city: Path | None, data: Path | None
) -> None:
    """Answer one QUESTION, or with --jsonl many conversations; nothing is kept."""
    from bot import app as apps
    from bot.channels import oneshot

    if jsonl == (question is not None):
        raise click.UsageError(
            'give a question, as in: doorstep ask "身份证丢了怎么补", or --jsonl'
        )
    with _Progress() as progress:
        app = apps.build(_settings(city=city, data=data), progress=progress)
    _say_reduced(app.without_semantic)
    if question is None:
        for line in oneshot.lines(app.intake, app.now, sys.stdin.buffer):
            click.echo(line)
    elif as_json:
        click.echo(json.dumps(oneshot.answer(app.intake, app.now, [question]), ensure_ascii=False))
    else:
        for text in oneshot.texts(app.intake, app.now, question):
            click.echo(text + "\n")


@main.command()
@click.argument("question")
@_city
@_data
@_explained
def explain(question: str, city: Path | None, data: Path | None) -> None:
    """Show how a QUESTION is read: normalisation, channels, scores, decision."""
    from bot import app as apps
    from bot.reports import explanation

    with _Progress() as progress:
        app = apps.build(_settings(city=city, data=data), progress=progress)
    _say_reduced(app.without_semantic)
    click.echo(explanation.text(app.reader, question))


@main.command(name="eval")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--misses", type=click.Path(path_type=Path), help="Where to write the misses.")
@_city
@_data
@_explained
def evaluate(file: Path, misses: Path | None, city: Path | None, data: Path | None) -> None:
    """Ask every question of a TSV FILE (question, expected, facet, kind) and count."""
    from bot import app as apps
    from bot.reports import evaluation

    questions = evaluation.read(file)
    with _Progress() as progress:
        app = apps.build(_settings(city=city, data=data), progress=progress)
    _say_reduced(app.without_semantic)
    with _Progress() as progress:
        results = evaluation.run(app.intake, app.now, questions, progress)
    click.echo(evaluation.table(results))
    target = misses or file.with_suffix(".misses.tsv")
    evaluation.write_misses(results, target)
    click.echo(f"misses: {target}")


@main.command()
@click.option("--no-matcher", is_flag=True, help="Leave out the slow rule on confusable guides.")
@_city
@_data
@_explained
def lint(no_matcher: bool, city: Path | None, data: Path | None) -> None:
    """Check a city's guides: plain language, sources, levels, review dates, confusable guides."""
    from bot.reports import linting

    chosen = _settings(city=city, data=data)
    with _Progress() as progress:
        problems = linting.problems(chosen, progress, with_matcher=not no_matcher)
    colours = {"error": "red", "warning": "yellow"}
    for problem in problems:
        text = f"{problem} [{problem.rule}]"
        click.secho(text, fg=colours.get(problem.severity), dim=problem.severity == "hint")
    hints = sum(problem.severity == "hint" for problem in problems)
    if len(problems) > hints:
        raise click.ClickException(f"{len(problems) - hints} problem(s), {hints} hint(s)")
    click.echo(f"no problems, {hints} hint(s)")


@main.command()
@click.option("--write", type=click.Path(path_type=Path), help="Write the schemas to this folder.")
@_explained
def schema(write: Path | None) -> None:
    """Print the JSON Schema of a guide, or write those of every file of a city."""
    from bot import city as cities

    schemas = cities.schemas()
    if write is None:
        click.echo(json.dumps(schemas["guide"], ensure_ascii=False, indent=2))
        return
    for name, found in schemas.items():
        text = json.dumps(found, ensure_ascii=False, indent=2) + "\n"
        (write / f"{name}.schema.json").write_text(text, "utf-8")


@main.command(name="settings")
def show_settings() -> None:
    """List every setting with its default and meaning."""
    click.echo(f"Read from ./{settings.FILE} (or {settings.PREFIX}CONFIG), then the environment.\n")
    for name, default, meaning in settings.described():
        click.echo(f"{name}\n    {meaning}\n    default: {default or '(empty)'}")


@main.command()
@click.option("--ship", is_flag=True, help="Also write the vectors into the city's folder.")
@_city
@_data
@_explained
def index(ship: bool, city: Path | None, data: Path | None) -> None:
    """Prepare the index, so that the first question need not wait.

    With --ship whoever gets the city's folder need not compute its vectors again.
    """
    from bot import app as apps

    with _Progress() as progress:
        app = apps.build(_settings(city=city, data=data), progress=progress, anew=ship)
    _say_reduced(app.without_semantic)
    click.echo(f"{app.city.about.name}: {len(app.city.guides)} guides are ready")
    if ship:
        model = app.reader.matcher.embedder
        if model is None:
            raise click.ClickException(f"there are no vectors to ship: {app.without_semantic}")
        path = app.settings.city / apps.SHIPPED
        click.echo(f"{path}: {model.ship(path)} vectors")


@main.command()
@_city
@_data
@_explained
def distil(city: Path | None, data: Path | None) -> None:
    """Learn what words mean from the sentence model, for machines on which it cannot run.

    Writes the vectors of words into the folder of the city's language pack. Some minutes.
    """
    from bot import app as apps
    from bot.match import wordvectors
    from bot.match.distil import distil as distilled

    with _Progress() as progress:
        app = apps.build(_settings(city=city, data=data), progress=progress)
    model, plain = app.reader.matcher.embedder, app.reader.matcher.normalise
    if model is None:
        raise click.ClickException(f"there is no model to learn from: {app.without_semantic}")
    texts = dict.fromkeys(plain(text).text for text in app.language.examples())
    with _Progress() as progress:
        found = distilled(list(texts), model, progress)
    path = app.language.folder / wordvectors.FILE
    found.save(path)
    click.echo(f"{path}: {len(found.words)} words")


def _say_reduced(reason: str | None) -> None:
    if reason:
        click.echo(f"matching by words only: {reason}", err=True)


class _Progress:
    """A progress bar on standard error for long work; silent where nobody watches."""

    def __enter__(self) -> Callable[[int, int], None]:
        from rich.console import Console
        from rich.progress import Progress

        self._bar = Progress(
            console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
        )
        self._bar.start()
        self._task = self._bar.add_task("preparing", total=None)
        return self._update

    def _update(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=max(total, 1))

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


if __name__ == "__main__":
    main()
