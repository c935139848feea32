package io.taskweave.cli.report;

/** The resolved configuration. */
final class ConfigurationSection extends Section {
  ConfigurationSection() {
    super("configuration", "Configuration");
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    if (inputs.configuration().isBlank()) {
      note(page, "This run has no resolved configuration.");
      return;
    }
    page.open("details").element("summary", "resolved.conf");
    page.element("pre", inputs.configuration(), "tabindex", "0").close();
  }
}
