"""What tests of every service use. Production code never imports it."""
