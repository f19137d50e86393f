"""Learning from a file in the background: send it, say how, watch it."""

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from learner.forms import FileForm, StreamForm, described
from learner.models import Learner, StreamJob
from learner.services import jobs
from learner.services.stream_files import StreamFile, keep_file, largest_file, read_head
from learner.views.access import readable_learner, refusal, share_query
from learner.views.uploading import bounded
from synapse.models import RunStatus
from synapse.services import run_queue
from synapse.services.access import may_write
from synapse.views.runs import ACTIVE, left_text, note_lost

SALT = "learner.stream"
ASKED_FOR = 86_000
"""Seconds in which a file that was sent may be asked for."""
SHOWN_JOBS = 10


# --- send a file, and say how to learn from it --------------------------------------------


@bounded(largest_file)
@require_http_methods(["GET", "HEAD", "POST"])
def stream_upload(request: HttpRequest, learner_id: int, *, too_long: bool = False) -> HttpResponse:
    """Take a file; then show its head and ask how to learn from it."""
    learner = readable_learner(request, learner_id)
    if request.method == "POST":
        if refused := refusal(request, learner, request.path):
            return refused
        if too_long:
            return _refused_file(request, learner, _too_large(), status=413)
        if "token" not in request.POST:
            return _take(request, learner)
    token = request.POST.get("token", "") if request.method == "POST" else request.GET.get("file")
    if not token:
        return _file_page(request, learner, FileForm())
    try:
        file = _file_of(token, learner)
        return _options(request, learner, file, token)
    except ValueError as error:
        return _refused_file(request, learner, str(error))


def _take(request: HttpRequest, learner: Learner) -> HttpResponse:
    """Keep a file that was sent, and go on to its options."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _file_page(request, learner, form, status=422)
    sent = form.cleaned_data["file"]
    try:
        file = keep_file(sent.chunks(), name=sent.name[:200], header=form.cleaned_data["header"])
    except ValueError as error:
        return _refused_file(request, learner, str(error), form=form)
    token = signing.dumps({"learner": learner.pk, **asdict(file)}, salt=SALT, compress=True)
    return redirect(f"{request.path}?{urlencode({'file': token})}")


def _file_of(token: str, learner: Learner) -> StreamFile:
    """Return the file that a token names; it was given out for this learner only."""
    try:
        told = signing.loads(token, salt=SALT, max_age=ASKED_FOR)
    except signing.BadSignature:
        raise ValueError("the file is no longer kept here: upload it again") from None
    if told.pop("learner") != learner.pk:
        raise ValueError("the file was sent for another learner: upload it again")
    return StreamFile(**told)


def _options(request: HttpRequest, learner: Learner, file: StreamFile, token: str) -> HttpResponse:
    """Show the head of a file and the options; a POST queues it."""
    if refused := refusal(request, learner, request.get_full_path()):
        return refused
    head = read_head(file)
    sent = request.POST if request.method == "POST" else None
    form = StreamForm(sent, columns=head.columns, learner=learner)
    if form.is_bound and form.is_valid():
        try:
            job = jobs.enqueue(learner=learner, file=file, options=form.options())
            return redirect("learner:job_detail", learner.pk, job.pk)
        except ValueError as error:
            form.add_error(None, f"{str(error).rstrip('.')}.")
    described(form)
    text, left_out = form.checked("categorical"), form.checked("ignore")
    values = zip(*head.rows, strict=True)
    context = {
        "learner": learner, "form": form, "file": file, "token": token,
        "share_query": share_query(request),
        "columns": [
            (name, ", ".join(v or "empty" for v in shown), name in text, name in left_out)
            for name, shown in zip(head.columns, values, strict=True)
        ],
    }  # fmt: skip
    return render(request, "learner/stream_options.html", context, status=422 if sent else 200)


def _too_large() -> str:
    return f"The file may have at most {largest_file():,} bytes"


def _refused_file(
    request: HttpRequest, learner: Learner, sentence: str, *, form: Any = None, status: int = 422
) -> HttpResponse:
    if form is None:
        form = FileForm({"header": "on"})
        form.errors.clear()
    form.add_error("file", f"{sentence[:1].upper()}{sentence[1:].rstrip('.')}.")
    return _file_page(request, learner, form, status=status)


def _file_page(
    request: HttpRequest, learner: Learner, form: FileForm, *, status: int = 200
) -> HttpResponse:
    described(form)
    recent = StreamJob.objects.filter(learner=learner).defer("options", "summary")[:SHOWN_JOBS]
    note_lost(recent)
    context = {
        "learner": learner, "form": form, "jobs": recent, "largest": largest_file(),
        "may_write": may_write(request.user, learner), "share_query": share_query(request),
    }  # fmt: skip
    return render(request, "learner/stream_upload.html", context, status=status)


# --- watch a job, and do something with it -------------------------------------------------


def readable_job(request: HttpRequest, learner_id: int, job_id: int) -> StreamJob:
    """Return a job of a learner that the reader may see, or raise ``Http404``."""
    learner = readable_learner(request, learner_id)
    job: StreamJob | None = StreamJob.objects.filter(pk=job_id, learner=learner).first()
    if job is None:
        raise Http404
    job.learner = learner
    note_lost([job])
    return job


@require_safe
def job_detail(request: HttpRequest, learner_id: int, job_id: int) -> HttpResponse:
    """Show how far a job is and what it has learned."""
    job = readable_job(request, learner_id, job_id)
    context = progress_of(job) | {
        "job": job, "learner": job.learner, "share_query": share_query(request),
        "may_manage": may_write(request.user, job), "active": job.status in ACTIVE,
        "ended_early": job.status in jobs.EARLY, "learn": job.options.get("learn", {}),
    }  # fmt: skip
    return render(request, "learner/job_detail.html", context)


@never_cache
@require_safe
def job_progress(request: HttpRequest, learner_id: int, job_id: int) -> HttpResponse:
    """Return the part of a job's page that says how far it is."""
    job = readable_job(request, learner_id, job_id)
    answer = render(request, "learner/job_progress.html", progress_of(job) | {"job": job})
    answer["X-Active"] = "1" if job.status in ACTIVE else "0"
    return answer


def progress_of(job: StreamJob) -> dict[str, Any]:
    """Return how far a job is and what is left, in words."""
    if job.status == RunStatus.QUEUED:
        earlier = StreamJob.objects.filter(learner=job.learner_id, pk__lt=job.pk)
        return {"ahead": earlier.filter(status__in=ACTIVE).count()}
    rate = job.summary.get("rate") or 0.0
    if job.status != RunStatus.RUNNING or not rate:
        return {"rate": rate}
    return {"rate": rate, "left": left_text(max(0, job.total - job.done) / rate)}


@require_POST
def job_cancel(request: HttpRequest, learner_id: int, job_id: int) -> HttpResponse:
    """Ask a job to end."""
    return _act(request, learner_id, job_id, _cancel)


@require_POST
def job_again(request: HttpRequest, learner_id: int, job_id: int) -> HttpResponse:
    """Let a job go on that ended early."""
    return _act(request, learner_id, job_id, _go_on)


@require_POST
def job_delete(request: HttpRequest, learner_id: int, job_id: int) -> HttpResponse:
    """Delete a job that has ended; what it learned stays learned."""
    return _act(request, learner_id, job_id, _delete)


def _cancel(request: HttpRequest, job: StreamJob) -> str | None:
    messages.info(request, run_queue.cancel(job, user=request.user))
    return None


def _go_on(request: HttpRequest, job: StreamJob) -> str | None:
    skip = bool(request.POST.get("skip_bad_rows"))
    jobs.go_on(job=job, user=request.user, skip_bad_rows=skip)
    messages.success(request, "It goes on after the last batch that was stored.")
    return None


def _delete(request: HttpRequest, job: StreamJob) -> str | None:
    number, learner = job.pk, job.learner_id
    jobs.remove(job=job, user=request.user)
    messages.success(request, f"Job {number} was deleted; what it learned stays learned.")
    return reverse("learner:stream_upload", args=[learner])


def _act(request: HttpRequest, learner_id: int, job_id: int, what: Any) -> HttpResponse:
    job = readable_job(request, learner_id, job_id)
    here = reverse("learner:job_detail", args=[learner_id, job_id])
    if refused := refusal(request, job.learner, here):
        return refused
    try:
        return redirect(what(request, job) or here)
    except (ValueError, PermissionDenied) as error:
        text = str(error)
        messages.error(request, f"{text[:1].upper()}{text[1:].rstrip('.')}.")
        return redirect(here)
