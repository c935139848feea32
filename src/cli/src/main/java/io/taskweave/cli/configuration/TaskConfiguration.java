package io.taskweave.cli.configuration;

/**
 * One task of the model.
 *
 * @param name in files and reports
 * @param label column of the log that holds 0, 1 or nothing
 */
public record TaskConfiguration(String name, String label) {
  static final String NAME = "name";
  static final String LABEL = "label";

  static TaskConfiguration read(Section section) {
    String name = section.requiredText(NAME, "the name of the task");
    return new TaskConfiguration(name, section.text(LABEL, name));
  }
}
