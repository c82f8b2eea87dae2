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

export function rubyDockerfile(source: Source): DockerfileProposal | null {
  if (!has(source, "Gemfile")) return null;
  const start = rubyStart(source);
  if (start === null) return null;
  const version =
    found(source, ".ruby-version", /(\d{1,4}\.\d{1,4})/) ??
    found(source, "Gemfile", /^ruby ["'][^\d]*(\d+\.\d+)/m) ??
    "3.4";
  const isRails = has(source, "bin/rails");
  const isLocked = has(source, "Gemfile.lock");
  return {
    of: isRails ? "a Rails app" : "a Ruby app",
    dockerfile: dockerfileOf(
      [
        `FROM ruby:${version}-slim AS base`,
        "WORKDIR /app",
        `ENV ${isLocked ? "BUNDLE_DEPLOYMENT=1 " : ""}BUNDLE_PATH=/usr/local/bundle BUNDLE_WITHOUT=development:test RAILS_ENV=production RACK_ENV=production`,
        "RUN apt-get update && apt-get install --no-install-recommends -y libpq5 libsqlite3-0 libyaml-0-2 && rm -rf /var/lib/apt/lists/*",
      ],
      [
        "FROM base AS build",
        "RUN apt-get update && apt-get install --no-install-recommends -y build-essential git libpq-dev libsqlite3-dev libyaml-dev pkg-config",
        `COPY Gemfile ${isLocked ? "Gemfile.lock " : ""}./`,
        "RUN bundle install --jobs 4",
        "COPY . .",
        isRails ? "RUN SECRET_KEY_BASE_DUMMY=1 bin/rails assets:precompile" : null,
      ],
      [
        "FROM base",
        "ENV PORT=3000 RAILS_LOG_TO_STDOUT=1 RAILS_SERVE_STATIC_FILES=1",
        "RUN useradd --system --create-home app",
        "COPY --from=build /usr/local/bundle /usr/local/bundle",
        "COPY --from=build --chown=app:app /app .",
        "USER app",
        "EXPOSE 3000",
        healthCheck(
          `ruby -rnet/http -e "exit Net::HTTP.get_response(URI('http://127.0.0.1:$PORT/${isRails ? "up" : ""}')).code < '400'"`,
        ),
        cmd(start),
      ],
    ),
    dockerignore: ignoring("log", "tmp", "node_modules", "vendor/bundle"),
  };
}

function rubyStart(source: Source): string | null {
  const declared = found(source, "Procfile", /^web:\s*(.+)$/m);
  if (declared !== null) return declared.trim();
  if (has(source, "bin/rails")) return "bin/rails server -b 0.0.0.0 -p $PORT";
  if (has(source, "config.ru")) {
    const isPuma = /\bpuma\b/.test(source.read("Gemfile") ?? "");
    return isPuma ? "bundle exec puma -b tcp://0.0.0.0:$PORT" : "bundle exec rackup --host 0.0.0.0 --port $PORT";
  }
  const entry = ["app.rb", "server.rb", "main.rb"].find((file) => has(source, file));
  return entry === undefined ? null : `bundle exec ruby ${entry} -o 0.0.0.0 -p $PORT`;
}

export function phpDockerfile(source: Source): DockerfileProposal | null {
  const hasComposer = has(source, "composer.json");
  const root = has(source, "public/index.php") ? "/var/www/html/public" : "/var/www/html";
  if (!hasComposer && !has(source, "index.php") && !has(source, "public/index.php")) return null;
  const version = found(source, "composer.json", /"php"\s*:\s*"[^\d"]*(8\.\d)/);
  const image = `php:${version !== null && version > "8.4" ? version : "8.4"}-apache`;
  const files = ["composer.json", ...(has(source, "composer.lock") ? ["composer.lock"] : [])];
  const composer = [
    "FROM composer:2 AS vendor",
    "WORKDIR /app",
    `COPY ${files.join(" ")} ./`,
    "RUN --mount=type=cache,target=/tmp/cache composer install --no-dev --no-scripts --no-autoloader --prefer-dist --ignore-platform-reqs",
    "COPY . .",
    "RUN composer dump-autoload --no-dev --no-scripts --optimize",
  ];
  return {
    of: hasComposer ? "a PHP app with Composer" : "a PHP app",
    dockerfile: dockerfileOf(hasComposer ? composer : [], [
      `FROM ${image}`,
      `ENV PORT=8080 APACHE_DOCUMENT_ROOT=${root}`,
      "# Apache listens where it is configured to, which without root is above 1024.",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Apache reads variables so.
      "RUN a2enmod rewrite \\\n  && sed -i 's/^Listen 80$/Listen ${PORT}/' /etc/apache2/ports.conf \\\n  && sed -i -e 's/:80>/:${PORT}>/' -e 's#DocumentRoot .*#DocumentRoot ${APACHE_DOCUMENT_ROOT}#' /etc/apache2/sites-available/000-default.conf",
      `COPY ${hasComposer ? "--from=vendor " : ""}--chown=www-data:www-data ${hasComposer ? "/app" : "."} /var/www/html`,
      "USER www-data",
      "EXPOSE 8080",
      healthCheck(`php -r 'exit(@file_get_contents("http://127.0.0.1:".getenv("PORT")."/") === false ? 1 : 0);'`),
    ]),
    dockerignore: ignoring("vendor", "node_modules", "storage/logs"),
  };
}
