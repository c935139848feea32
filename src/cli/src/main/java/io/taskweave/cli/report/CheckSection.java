package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;

/** What the validation of the log and the audit of the samples have found. */
final class CheckSection extends Section {
  CheckSection() {
    super("checks", "Data checks");
  }

  @Override
  boolean applies(ReportInputs inputs) {
    return inputs.validation().isObject() || inputs.audit().isObject();
  }

  @Override
  void write(Markup page, Plot plots, ReportInputs inputs) {
    page.element("h3", "Validation of the log");
    if (inputs.validation().isObject()) {
      page.element("p", coverage(inputs.validation()) + verdict(inputs.validation()));
      findings(page, inputs.validation().path("findings"));
    } else {
      note(page, "The log of this workspace is not validated: run taskweave validate.");
    }
    page.element("h3", "Leak audit of the samples");
    if (inputs.audit().isObject()) {
      page.element("p", verdict(inputs.audit()));
      findings(page, inputs.audit().path("findings"));
      identicalRows(page, inputs.audit().path("identical_rows"));
    } else {
      note(page, "The samples of this workspace are not audited.");
    }
  }

  private static String coverage(JsonNode validation) {
    JsonNode contract = validation.path("contract");
    String name = contract.isObject() ? contract.path("path").asText("") : contract.asText("");
    return Figures.count(validation.path("rows"))
        + " rows were checked against "
        + (name.isEmpty() ? "their contract" : name)
        + ". ";
  }

  private static String verdict(JsonNode checks) {
    int findings = checks.path("findings").size();
    String status = checks.path("status").asText("");
    if (findings == 0) {
      return "Nothing was found.";
    }
    return (findings == 1 ? "There is 1 finding" : "There are " + findings + " findings")
        + (status.isEmpty() ? ":" : ", and the verdict is " + status + ":");
  }

  /** A finding is a sentence, or an object with a {@code message} and perhaps a severity. */
  private static void findings(Markup page, JsonNode findings) {
    if (findings.isEmpty()) {
      return;
    }
    page.open("ul", "class", "findings");
    for (JsonNode finding : findings) {
      String severity = finding.path("severity").asText("");
      String text =
          finding.isObject() ? finding.path("message").asText("") : Figures.plain(finding);
      page.element("li", severity.isEmpty() ? text : severity + ": " + text);
    }
    page.close();
  }

  private static void identicalRows(Markup page, JsonNode parts) {
    Table table =
        new Table("Rows that stand in the training part too", "Split", "Time")
            .figure("Rows")
            .figure("In training")
            .figure("Share");
    for (JsonNode part : parts) {
      table.row(
          part.path("split").asText(""),
          part.path("same_time").asBoolean() ? "the same" : "any",
          Figures.count(part.path("rows")),
          Figures.count(part.path("in_training")),
          Figures.percent(part.path("share")));
    }
    if (!table.isEmpty()) {
      table.write(page);
    }
  }
}
