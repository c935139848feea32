package io.taskweave.pipeline.validate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.pipeline.importing.AsOf;
import java.io.IOException;
import java.io.InputStream;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.types.DataType;

/**
 * Reads a contract. Allowed values are the argument {@code validValues} of the library metric
 * {@code invalidValues} with {@code mustBe: 0} (since v3.1), or {@code enum} (since v3.2); keys are
 * {@code primaryKey} with {@code primaryKeyPosition}, {@code unique}, and the metric {@code
 * duplicateValues}. Rules that nothing here checks are listed, not dropped in silence.
 */
final class ContractFile {
  private static final List<String> REQUIRED =
      List.of("apiVersion", "kind", "id", "version", "status");
  private static final List<String> LOGICAL_TYPES =
      List.of(
          "string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean");

  private final Path path;
  private final Configuration configuration;
  private final SortedMap<Integer, String> primaryKey = new TreeMap<>();
  private final List<List<String>> keys = new ArrayList<>();
  private final List<String> unchecked = new ArrayList<>();

  ContractFile(Path path, Configuration configuration) {
    this.path = path;
    this.configuration = configuration;
  }

  DataContract read() {
    JsonNode document = document();
    for (String field : REQUIRED) {
      if (document.path(field).asText("").isBlank()) {
        throw unusable(field + " is missing", "add it as the standard requires");
      }
    }
    if (!document.path("kind").asText().equals("DataContract")
        || !document.path("apiVersion").asText().startsWith("v3.")) {
      throw unusable(
          "it is no data contract of version 3 ("
              + document.path("kind").asText()
              + ", "
              + document.path("apiVersion").asText()
              + ")",
          "write kind DataContract and apiVersion v3.1.0");
    }
    JsonNode schema = document.path("schema").path(0);
    JsonNode properties = schema.path("properties");
    if (!properties.isArray() || properties.isEmpty()) {
      throw unusable("schema[0].properties is empty", "list the columns");
    }
    List<PromisedColumn> columns = new ArrayList<>();
    for (JsonNode property : properties) {
      columns.add(column(property));
    }
    for (JsonNode rule : schema.path("quality")) {
      JsonNode together = rule.path("arguments").path("properties");
      if (isZero(rule, "duplicateValues") && together.isArray() && !together.isEmpty()) {
        keys.add(texts(together));
      } else {
        uncheckedUnlessText(rule, "the data set");
      }
    }
    if (!primaryKey.isEmpty()) {
      keys.add(0, List.copyOf(primaryKey.values()));
    }
    for (List<String> key : keys) {
      for (String name : key) {
        if (columns.stream().noneMatch(column -> column.name().equals(name))) {
          throw unusable("its key holds no column of it (" + name + ")", "correct the name");
        }
      }
    }
    return new DataContract(
        document.path("id").asText(),
        document.path("version").asText(),
        columns,
        keys.stream().distinct().toList(),
        unchecked);
  }

  private JsonNode document() {
    try (InputStream stream = path.getFileSystem(configuration).open(path)) {
      return new YAMLMapper().readTree(stream);
    } catch (IOException failure) {
      throw new ConfigurationException(
          "Cannot read the contract "
              + path
              + ": "
              + failure.getMessage()
              + ", name a YAML file of the Open Data Contract Standard",
          failure);
    }
  }

  private PromisedColumn column(JsonNode property) {
    String name = property.path("name").asText("");
    if (name.isBlank()) {
      throw unusable("a property has no name", "add it");
    }
    String logicalType = property.path("logicalType").asText("");
    if (!logicalType.isEmpty() && !LOGICAL_TYPES.contains(logicalType)) {
      throw unusable(
          "logicalType of " + name + " is unknown (" + logicalType + ")",
          "choose one of " + String.join(", ", LOGICAL_TYPES));
    }
    boolean required = property.path("required").asBoolean(false);
    if (property.path("primaryKey").asBoolean(false)) {
      required = true;
      int position = property.path("primaryKeyPosition").asInt(-1);
      String other = primaryKey.put(position < 0 ? primaryKey.size() + 1 : position, name);
      if (other != null) {
        throw unusable(
            "two columns have one primaryKeyPosition (" + other + ", " + name + ")",
            "number them from 1");
      }
    }
    if (property.path("unique").asBoolean(false)) {
      keys.add(List.of(name));
    }
    List<String> allowed = new ArrayList<>();
    property.path("enum").forEach(entry -> allowed.add(entry.path("value").asText()));
    JsonNode options = property.path("logicalTypeOptions");
    Optional<String> pattern = text(options.path("pattern"));
    for (JsonNode rule : property.path("quality")) {
      if (isZero(rule, "invalidValues") && rule.path("arguments").has("validValues")) {
        allowed.addAll(texts(rule.path("arguments").path("validValues")));
      } else if (isZero(rule, "nullValues")) {
        required = true;
      } else if (isZero(rule, "duplicateValues")) {
        keys.add(List.of(name));
      } else {
        uncheckedUnlessText(rule, name);
      }
    }
    return new PromisedColumn(
        name,
        logicalType,
        physicalType(name, property.path("physicalType")),
        required,
        range(options),
        length(options.path("minLength")),
        length(options.path("maxLength")),
        pattern,
        text(options.path("format")),
        allowed,
        custom(property, "role").map(ColumnRole::of),
        custom(property, "asOf").map(text -> asOf(name, text)));
  }

  private AsOf asOf(String column, String text) {
    try {
      return new AsOf(text);
    } catch (DateTimeParseException wrong) {
      throw unusable(
          "asOf of " + column + " is neither a day nor an instant (" + text + ")",
          "write yyyy-MM-dd, an instant such as 2022-04-24T16:00:00Z, or static");
    }
  }

  private String physicalType(String column, JsonNode type) {
    if (!type.isTextual()) {
      return "";
    }
    try {
      return DataType.fromDDL(type.asText()).sql();
    } catch (Exception noSparkType) {
      // Spark throws its checked ParseException undeclared.
      unchecked.add("physicalType of " + column + " (" + type.asText() + ") is no type of Spark");
      return "";
    }
  }

  private static PromisedColumn.Range range(JsonNode options) {
    OptionalDouble minimum = number(options.path("minimum"));
    OptionalDouble maximum = number(options.path("maximum"));
    // Before v3.1 the exclusive bounds are flags beside the plain ones.
    boolean aboveOnly = options.path("exclusiveMinimum").booleanValue();
    boolean belowOnly = options.path("exclusiveMaximum").booleanValue();
    return new PromisedColumn.Range(
        aboveOnly ? OptionalDouble.empty() : minimum,
        belowOnly ? OptionalDouble.empty() : maximum,
        aboveOnly ? minimum : number(options.path("exclusiveMinimum")),
        belowOnly ? maximum : number(options.path("exclusiveMaximum")));
  }

  private static boolean isZero(JsonNode rule, String metric) {
    return rule.path("metric").asText().equals(metric)
        && rule.path("mustBe").isNumber()
        && rule.path("mustBe").asDouble() == 0;
  }

  private void uncheckedUnlessText(JsonNode rule, String subject) {
    if (!rule.path("type").asText().equals("text")) {
      unchecked.add("quality rule on " + subject + ": " + rule);
    }
  }

  private static Optional<String> custom(JsonNode property, String name) {
    for (JsonNode custom : property.path("customProperties")) {
      if (custom.path("property").asText().equals(name)) {
        return Optional.of(custom.path("value").asText());
      }
    }
    return Optional.empty();
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(value -> texts.add(value.asText()));
    return List.copyOf(texts);
  }

  private static Optional<String> text(JsonNode value) {
    return value.isTextual() ? Optional.of(value.asText()) : Optional.empty();
  }

  private static OptionalInt length(JsonNode value) {
    return value.isInt() ? OptionalInt.of(value.asInt()) : OptionalInt.empty();
  }

  private static OptionalDouble number(JsonNode value) {
    return value.isNumber() ? OptionalDouble.of(value.asDouble()) : OptionalDouble.empty();
  }

  private ConfigurationException unusable(String problem, String advice) {
    return new ConfigurationException(
        "Cannot use the contract " + path + ": " + problem + ", " + advice);
  }
}
