"""What the themes of purpose and leadership both read: the decision log, staff scores, control limits and slopes."""
