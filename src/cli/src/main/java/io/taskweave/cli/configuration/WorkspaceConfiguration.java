package io.taskweave.cli.configuration;

/**
 * Where results go.
 *
 * @param workspace folder of all published data sets and runs, a Hadoop path
 * @param runName name of the run's folder below {@code runs}
 * @param seed of every random decision
 */
public record WorkspaceConfiguration(String workspace, String runName, long seed) {
  static final String WORKSPACE = "workspace";
  static final String WORKSPACE_DEFAULT = "work";
  static final String RUN_NAME = "run-name";
  static final String RUN_NAME_DEFAULT = "default";
  static final String SEED = "seed";
  static final long SEED_DEFAULT = 2023;

  static WorkspaceConfiguration read(Section section) {
    String runName = section.text(RUN_NAME, RUN_NAME_DEFAULT);
    if (!runName.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      section.problem(RUN_NAME, "must be letters, digits, dots and hyphens (" + runName + ")");
    }
    String workspace = section.text(WORKSPACE, WORKSPACE_DEFAULT);
    if (workspace.isBlank()) {
      section.problem(WORKSPACE, "must name a folder");
    }
    return new WorkspaceConfiguration(
        workspace, runName, section.whole(SEED, SEED_DEFAULT, 0, Long.MAX_VALUE));
  }

  public String runFolder() {
    return workspace + "/runs/" + runName;
  }
}
