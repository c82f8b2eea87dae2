import {
  cmd,
  type DockerfileProposal,
  dockerfileOf,
  found,
  has,
  healthCheck,
  ignoring,
  type Source,
} from "./source.ts";

const usualVersion = "3.13";
const entries = ["main.py", "app.py", "server.py", "wsgi.py", "asgi.py", "app/main.py", "src/main.py"];

export function pythonDockerfile(source: Source): DockerfileProposal | null {
  const installed = installation(source);
  const start = startCommand(source);
  if (installed === null || start === null) return null;
  const version = versionOf(source);
  const check = `python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:$PORT/')"`;
  return {
    of: `a Python app with ${installed.tool}`,
    dockerfile: dockerfileOf(
      [`FROM python:${version}-slim AS build`, "WORKDIR /app", ...installed.steps],
      [
        `FROM python:${version}-slim`,
        'ENV PATH="/app/.venv/bin:$PATH" PYTHONUNBUFFERED=1 PORT=8000',
        "WORKDIR /app",
        "RUN useradd --system --no-create-home app",
        "COPY --from=build /app/.venv .venv",
        "COPY . .",
        "USER app",
        "EXPOSE 8000",
        healthCheck(check),
        cmd(start),
      ],
    ),
    dockerignore: ignoring(".venv", "venv", "__pycache__", "*.pyc", ".pytest_cache", ".mypy_cache"),
  };
}

/** How the packages come into `/app/.venv`; only what names them is copied before, so that a change of the source keeps them cached. */
function installation(source: Source): { readonly tool: string; readonly steps: readonly string[] } | null {
  if (has(source, "uv.lock"))
    return {
      tool: "uv",
      steps: [
        "COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/uv",
        "ENV UV_LINK_MODE=copy",
        "COPY pyproject.toml uv.lock ./",
        "RUN --mount=type=cache,target=/root/.cache/uv uv sync --frozen --no-dev --no-install-project",
      ],
    };
  if (has(source, "poetry.lock"))
    return {
      tool: "Poetry",
      steps: [
        "RUN --mount=type=cache,target=/root/.cache/pip pip install poetry",
        "ENV POETRY_VIRTUALENVS_IN_PROJECT=true",
        "COPY pyproject.toml poetry.lock ./",
        "RUN --mount=type=cache,target=/root/.cache/pypoetry poetry install --only main --no-root",
      ],
    };
  if (has(source, "requirements.txt"))
    return {
      tool: "pip",
      steps: [
        "RUN python -m venv .venv",
        "COPY requirements.txt .",
        "RUN --mount=type=cache,target=/root/.cache/pip .venv/bin/pip install -r requirements.txt",
      ],
    };
  if (!has(source, "pyproject.toml")) return null;
  return {
    tool: "pip",
    steps: [
      "RUN python -m venv .venv",
      "COPY . .",
      "RUN --mount=type=cache,target=/root/.cache/pip .venv/bin/pip install .",
    ],
  };
}

function startCommand(source: Source): string | null {
  const declared = found(source, "Procfile", /^web:\s*(.+)$/m);
  if (declared !== null) return declared.trim();
  const django = source.files.find((file) => /^[\w-]+\/wsgi\.py$/.test(file));
  if (has(source, "manage.py") && django !== undefined) {
    const project = django.split("/")[0];
    return requires(source, "gunicorn")
      ? `gunicorn ${project}.wsgi --bind 0.0.0.0:$PORT`
      : "python manage.py runserver 0.0.0.0:$PORT";
  }
  const entry = entries.find((file) => has(source, file));
  if (entry === undefined) return null;
  const module = entry.replace(/\.py$/, "").replaceAll("/", ".");
  const asgi = found(source, entry, /^(\w+)\s*=\s*(?:FastAPI|Starlette)\(/m);
  if (asgi !== null && requires(source, "uvicorn|fastapi"))
    return `uvicorn ${module}:${asgi} --host 0.0.0.0 --port $PORT`;
  const wsgi = found(source, entry, /^(\w+)\s*=\s*Flask\(/m);
  if (wsgi !== null)
    return requires(source, "gunicorn")
      ? `gunicorn ${module}:${wsgi} --bind 0.0.0.0:$PORT`
      : `flask --app ${module} run --host 0.0.0.0 --port $PORT`;
  return `python ${entry}`;
}

/** Whether one of these packages is named among those that the app needs. */
const requires = (source: Source, packages: string): boolean =>
  ["requirements.txt", "pyproject.toml"].some((file) =>
    new RegExp(`(?:^|["'\\s])(?:${packages})(?![\\w-])`, "im").test(source.read(file) ?? ""),
  );

/** The minor version that the repository asks for. */
function versionOf(source: Source): string {
  const exact = found(source, ".python-version", /^(3\.\d+)/);
  const least = found(
    source,
    "pyproject.toml",
    /^[ \t]{0,20}(?:requires-python|python)[ \t]{0,20}=[ \t]{0,20}["'][\^~>=]{0,3}[ \t]{0,20}(3\.\d{1,4})/m,
  );
  const minor = (version: string): number => Number(version.split(".")[1]);
  return exact ?? (least !== null && minor(least) > minor(usualVersion) ? least : usualVersion);
}
