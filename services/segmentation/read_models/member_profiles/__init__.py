"""Who a member is: since when, of which store, with which consents."""
