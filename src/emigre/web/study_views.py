"""Request handlers of forecasts, hindcasts, fits, sensitivity studies and explanations."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from emigre.errors import InputError, Mistake
from emigre.factcheck.own import own_claim
from emigre.factcheck.verdict import judge
from emigre.factcheck.verdict_text import cells, remarks
from emigre.report.tables import Table, text_rows
from emigre.results.folder import Results
from emigre.studies.folders import kind_of
from emigre.web import study_forms
from emigre.web.handlers import Form, Handlers, found, to
from emigre.web.study_forms import CLAIM_DEFAULTS, STUDIES, FormField, Study


class StudyViews(Handlers):
    """Forms that start a study; its results are shown like those of a run."""

    def ask(self, request: Request) -> Response:
        """The form of a study, filled in from the address."""
        study, name = self._study(request), request.path_params["name"]
        given = dict(request.query_params)
        fields = study_forms.form(study.kind, self._loaded(name), self.workspace, given)
        return self._form_page(study, name, fields)

    def start(self, request: Request, form: Form) -> Response:
        """Queue a study, or show the form again with its mistakes."""
        study, name = self._study(request), request.path_params["name"]
        loaded = self._loaded(name)
        fields = study_forms.form(study.kind, loaded, self.workspace, form.values(), is_sent=True)
        try:
            job = study_forms.job(study.kind, loaded, self.workspace, fields, self.queue.taken())
            return to(f"/jobs/{self.queue.add(job).id}")
        except InputError:
            return self._form_page(study, name, fields)

    def claim(self, request: Request) -> Response:
        """Check a figure, given in the address, against a run."""
        name, home = self._result(request)
        if kind_of(home) != "run":
            raise HTTPException(404, "Page not found.")
        results = Results.read(home)
        given = dict(request.query_params)
        table, mistakes = None, {}
        if given:
            try:
                table = _verdict(results, given)
            except InputError as error:
                mistakes = {m.file.removeprefix("--"): m for m in error.mistakes}
        fields = [
            self._claim_field(q, given, mistakes.get(q.name))
            for q in study_forms.claim(results.info)
        ]
        data = {"name": name, "kind": "run", "here": "claim", "info": results.info}
        data |= {"fields": fields, "verdict": table}
        return self._html("claim.html.j2", data, 422 if mistakes else 200)

    @staticmethod
    def _claim_field(q: FormField, given: Mapping[str, str], wrong: Mistake | None) -> FormField:
        """A field of the form with its value, and the mistake in it."""
        value = given.get(q.name, "") or (q.default if q.choices else "")
        if wrong is not None and q.is_required and not value:
            wrong = q.mistake()
        elif wrong is not None:  # the message of a field names other fields, not options
            wrong = replace(wrong, expected=wrong.expected.replace("--", ""))
        return replace(q, value=value, wrong=wrong)

    def _form_page(self, study: Study, name: str, fields: list[FormField]) -> Response:
        return self._html(
            "study_form.html.j2",
            {
                "loaded": self._loaded(name),
                "scenario": name,
                "study": study,
                "here": study.kind,
                "fields": fields,
            },
            422 if any(q.wrong for q in fields) else 200,
        )

    def _study(self, request: Request) -> Study:
        return found(STUDIES.get(request.path_params["kind"]), "Page not found.")


def _verdict(results: Results, given: Mapping[str, str]) -> Table:
    """The verdict on one figure, as ``emigre claim`` gives it; InputError with every mistake."""
    info = results.info
    names = ("measure", "place", "value", "low", "high")
    texts = {name: given.get(name, "").strip() for name in names}
    choices = {name: given.get(name) or default for name, default in CLAIM_DEFAULTS.items()}
    days = {"start": given.get("from", ""), "end": given.get("to", "")}
    claim = own_claim(info, **texts | choices | days)
    findings = judge(results, [claim])
    heads = (
        *("Claim", "Quantity", "Figure claimed", "Simulated"),
        *("Against the simulation", "Against published counts"),
    )
    rows = text_rows((cells(f, info) for f in findings), len(heads))
    return Table("claim", "Verdict", "", heads, rows, "", tuple(remarks(findings, info)))
