/** The roles of IAM that apps' tasks may have: the operator's, below one path. */
export interface AppRoles {
  /** Why tasks cannot have the role of this name, as a sentence with the next step; `null`: they can. */
  objection(name: string): Promise<string | null>;
}
