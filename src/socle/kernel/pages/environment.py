"""Jinja2, set up once: escaping always on, undefined names are errors, templates of the kernel and of each module."""

from functools import cache
from typing import Any

import jinja2

from socle.kernel.outcome import Language
from socle.kernel.pages import moments
from socle.kernel.pages.assets import KERNEL, asset_url, assets
from socle.kernel.pages.compiled import CompiledTemplates
from socle.kernel.pages.texts import LANGUAGES, number, texts_of, typeset

_compiled = CompiledTemplates()


@cache
def environment(package: str, language: Language) -> jinja2.Environment:
    """The templates of `package` (its `templates/` folder) in one language; the kernel's are found under `kernel/`."""
    kernel = jinja2.PrefixLoader({"kernel": jinja2.PackageLoader(KERNEL)})
    loaders = [kernel, jinja2.PackageLoader(package)]
    env = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=_compiled,
    )
    own, shared = texts_of(package), texts_of(KERNEL)
    env.globals.update(
        t=lambda key, **values: own.plain(key, language, values),
        rich=lambda key, **values: own.rich(key, language, values),
        term=lambda name, words="": own.term(name, language, words),
        k=lambda key, **values: shared.plain(key, language, values),
        krich=lambda key, **values: shared.rich(key, language, values),
        say=lambda text: typeset(text.to(language), language),
        language=language,
        asset=lambda name: asset_url(name, package),
        day=lambda value: moments.day(value, language),
        number=lambda value: number(value, language),
    )
    return env


@cache
def prepare(package: str) -> None:
    """Compile every template that `package` may show, so that the first reader does not wait; the next start reads it back.

    Its static files are served from then on.
    """
    assets()
    assets(package)
    for language in LANGUAGES:
        env = environment(package, language)
        for name in env.list_templates(extensions=["html"]):
            env.get_template(name)


def rendered(package: str, language: Language, template: str, context: dict[str, Any]) -> str:
    """A template of `package`, rendered. Raises: jinja2.TemplateError when the template is wrong."""
    return environment(package, language).get_template(template).render(context)
