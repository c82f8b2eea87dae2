/** What docker needs of a repository to pull from it. */
export const pullActions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/**
 * What docker needs of a repository to push to it, to pull from it, and to find out what is there. The template allows it for the
 * repositories of all apps; the session of a build, for those of its app.
 */
export const dockerActions = [
  ...pullActions,
  "ecr:CompleteLayerUpload",
  "ecr:InitiateLayerUpload",
  "ecr:PutImage",
  "ecr:UploadLayerPart",
];
