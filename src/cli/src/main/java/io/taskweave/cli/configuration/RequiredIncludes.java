package io.taskweave.cli.configuration;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseable;

/** Includes files beside the one that names them, and refuses those that are not there. */
final class RequiredIncludes implements ConfigIncluder {
  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return this;
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String name) {
    ConfigParseable file = context.relativeTo(name);
    if (file == null) {
      throw new ConfigException.Generic("it includes a file that is not there: " + name);
    }
    return file.parse(context.parseOptions().setAllowMissing(false));
  }
}
