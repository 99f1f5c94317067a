import { Component, type ReactNode } from "react";

import { ProblemView } from "@/shared/states/ProblemView";

/** Whatever a page throws, the way out stays: the navigation is around it. */
export class PageErrors extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    return error ? <ProblemView error={error} retry={() => location.reload()} /> : this.props.children;
  }
}
