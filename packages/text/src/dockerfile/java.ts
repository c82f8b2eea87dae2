import { type DockerfileProposal, dockerfileOf, found, has, ignoring, type Source, wgetCheck } from "./source.ts";

const usualVersion = "21";

export function javaDockerfile(source: Source): DockerfileProposal | null {
  if (has(source, "pom.xml")) return maven(source);
  const script = ["build.gradle.kts", "build.gradle"].find((file) => has(source, file));
  return script === undefined ? null : gradle(source, script);
}

function maven(source: Source): DockerfileProposal {
  const pattern = /<(?:java\.version|maven\.compiler\.release|maven\.compiler\.target|release)>(\d+)</;
  const version = found(source, "pom.xml", pattern) ?? usualVersion;
  const cache = "RUN --mount=type=cache,target=/root/.m2";
  return {
    of: "a Java app with Maven",
    dockerfile: dockerfileOf(
      [
        `FROM maven:3-eclipse-temurin-${version} AS build`,
        "WORKDIR /src",
        "COPY . .",
        `${cache} mvn --batch-mode --no-transfer-progress package -DskipTests`,
        keep("target"),
      ],
      runtime(version),
    ),
    dockerignore: ignoring("target"),
  };
}

function gradle(source: Source, script: string): DockerfileProposal {
  const pattern = /(?:languageVersion\s*=\s*JavaLanguageVersion\.of\(|JavaVersion\.VERSION_|jvmToolchain\()(\d+)/;
  const version = found(source, script, pattern) ?? usualVersion;
  const isSpring = /org\.springframework\.boot/.test(source.read(script) ?? "");
  return {
    of: "a Java app with Gradle",
    dockerfile: dockerfileOf(
      [
        `FROM gradle:8-jdk${version} AS build`,
        "WORKDIR /src",
        "COPY . .",
        `RUN --mount=type=cache,target=/home/gradle/.gradle gradle --no-daemon ${isSpring ? "bootJar" : "assemble"}`,
        keep("build/libs"),
      ],
      runtime(version),
    ),
    dockerignore: ignoring(".gradle", "build"),
  };
}

/** Beside the jar that runs lie its sources, and itself without what it needs. */
const keep = (folder: string): string =>
  `RUN cp "$(ls -S ${folder}/*.jar | grep -v -e -sources -e -javadoc -e -plain -e original- | head -1)" /app.jar`;

const runtime = (version: string): string[] => [
  `FROM eclipse-temurin:${version}-jre-alpine`,
  "ENV PORT=8080",
  "RUN adduser -S -D -H app",
  "COPY --from=build /app.jar /app.jar",
  "USER app",
  "EXPOSE 8080",
  wgetCheck,
  "CMD exec java -XX:MaxRAMPercentage=75 -Dserver.port=$PORT -jar /app.jar",
];
